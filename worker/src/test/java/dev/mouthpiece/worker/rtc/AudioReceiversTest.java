package dev.mouthpiece.worker.rtc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AudioReceiversTest {
    @Test
    void shouldMixChannelsToTheirMean() {
        final byte[] stereo = pcm(100, 300, -100, -300, 32_767, 32_767, -32_768, -32_768, 5, -5);

        assertThat(AudioReceivers.mono(stereo, 2)).isEqualTo(pcm(200, -200, 32_767, -32_768, 0));
    }

    private static byte[] pcm(int... samples) {
        final byte[] pcm = new byte[samples.length * 2];
        for (int i = 0; i < samples.length; i++) {
            pcm[2 * i] = (byte) samples[i];
            pcm[2 * i + 1] = (byte) (samples[i] >> 8);
        }
        return pcm;
    }
}
