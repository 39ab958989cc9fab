package dev.mouthpiece.worker.rtc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class SerialTest {
    @AfterEach
    void forget() {
        MDC.clear();
    }

    @Test
    void shouldLogOnTheLibrarysThreadsForTheSessionThatMadeIt() throws Exception {
        MDC.put("session", "sess_1");
        final Serial serial = new Serial(Runnable::run);
        final var during = new CompletableFuture<@Nullable String>();
        final var after = new CompletableFuture<@Nullable String>();

        new Thread(() -> {
                    MDC.clear();
                    serial.say(() -> during.complete(MDC.get("session")));
                    after.complete(MDC.get("session"));
                })
                .start();

        assertThat(during.get(20, TimeUnit.SECONDS)).isEqualTo("sess_1");
        assertThat(after.get(20, TimeUnit.SECONDS)).isNull();
    }
}
