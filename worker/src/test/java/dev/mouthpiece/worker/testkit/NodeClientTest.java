package dev.mouthpiece.worker.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import livekit.LivekitModels.ParticipantInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The real Node client joins; what it does with an avatar is tested where the avatar is. */
@Tag("slow")
class NodeClientTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @Test
    void shouldJoinAndLeave() {
        try (LiveKitServer server = LiveKitServer.start();
                ScriptProcess script = NodeEnv.livekit().script("agent.cjs")) {
            final ObjectNode join = ScriptProcess.command("agent", "join")
                    .put("url", server.url())
                    .put("token", server.tokens().agent("room", "agent").mint())
                    .put("avatar", "nobody");
            script.send(join);
            assertThat(script.await("joined", LIMIT).path("t").asLong()).isLessThanOrEqualTo(System.nanoTime());

            assertThat(server.participant("room", "agent").orElseThrow().getKind())
                    .isEqualTo(ParticipantInfo.Kind.AGENT);

            script.send(ScriptProcess.command("agent", "leave"));
            script.await("left", LIMIT);
            assertThat(server.participants("room")).noneMatch(p -> p.getState() == ParticipantInfo.State.ACTIVE);
        }
    }
}
