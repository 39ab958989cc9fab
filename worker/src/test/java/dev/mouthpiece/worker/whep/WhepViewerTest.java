package dev.mouthpiece.worker.whep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.rtc.AnswerOptions;
import dev.mouthpiece.worker.rtc.IceState;
import dev.mouthpiece.worker.rtc.PeerState;
import org.junit.jupiter.api.Test;

class WhepViewerTest {
    private static final long MS = 1_000_000;

    private final WhepViewer viewer = new WhepViewer("v1", AnswerOptions.send(WhepConfig.DEFAULT.media()), 0);

    @Test
    void shouldBeDroppedIfItNeverConnects() {
        assertThat(viewer.fault(WhepViewer.CONNECT_NS)).isEmpty();
        assertThat(viewer.fault(WhepViewer.CONNECT_NS + 1)).contains("never connected");
    }

    @Test
    void shouldStayAsLongAsItIsConnected() {
        connect(100 * MS);

        assertThat(viewer.fault(3_600_000 * MS)).isEmpty();
    }

    @Test
    void shouldBeDroppedSoonWhereTheOtherSideHasClosed() {
        connect(100 * MS);
        viewer.onIceStateChange(IceState.DISCONNECTED);

        assertThat(viewer.fault(5_000 * MS)).isEmpty();
        assertThat(viewer.fault(5_000 * MS + WhepViewer.GOODBYE_NS)).isEmpty();
        assertThat(viewer.fault(5_001 * MS + WhepViewer.GOODBYE_NS)).contains("closed by the viewer");
    }

    @Test
    void shouldWaitForAPathThatIsOnlyLost() {
        connect(100 * MS);
        viewer.onIceStateChange(IceState.DISCONNECTED);
        viewer.onStateChange(PeerState.DISCONNECTED);
        viewer.fault(5_000 * MS);
        assertThat(viewer.fault(14_000 * MS)).isEmpty();

        viewer.onStateChange(PeerState.FAILED);
        viewer.fault(15_000 * MS);
        assertThat(viewer.fault(15_000 * MS + WhepViewer.FAILED_NS)).isEmpty();
        assertThat(viewer.fault(15_001 * MS + WhepViewer.FAILED_NS)).contains("connection lost");
    }

    @Test
    void shouldStayWhereThePathComesBack() {
        connect(100 * MS);
        viewer.onStateChange(PeerState.FAILED);
        viewer.fault(5_000 * MS);
        viewer.onStateChange(PeerState.CONNECTED);
        viewer.onIceStateChange(IceState.CONNECTED);

        assertThat(viewer.fault(60_000 * MS)).isEmpty();
        assertThat(viewer.fault(120_000 * MS)).isEmpty();
    }

    private void connect(long nowNs) {
        viewer.onIceStateChange(IceState.CONNECTED);
        viewer.onStateChange(PeerState.CONNECTED);
        viewer.fault(nowNs);
    }
}
