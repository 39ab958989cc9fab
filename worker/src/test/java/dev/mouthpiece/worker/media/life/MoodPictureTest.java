package dev.mouthpiece.worker.media.life;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.HostCompositor;
import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.worker.avatar.Avatar;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.avatar.PortraitReader;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.media.MediaSession;
import dev.mouthpiece.worker.media.Pipeline;
import dev.mouthpiece.worker.media.PipelineConfig;
import dev.mouthpiece.worker.media.SessionConfig;
import dev.mouthpiece.worker.media.audio.Segment;
import dev.mouthpiece.worker.media.frame.FrameSlot;
import dev.mouthpiece.worker.media.pace.MediaSink;
import dev.mouthpiece.worker.session.MoodWords;
import dev.mouthpiece.worker.session.PlatformAvatars;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Moods on real faces: they show where they should and nowhere else. All that was rendered lies in {@code target/moods.png}, to be
 * looked at: a row for each portrait, a column for each mood, at rest and in the middle of a word.
 */
@Tag("slow")
class MoodPictureTest {
    private static final long TICK_NS = 10_000_000L;
    private static final List<String> PROMPTS =
            List.of("", "smiling", "sleepy", "excited", "sad", "surprised", "stern", "laughing, tired");
    private static final int SMILING = 1;
    private static final int SLEEPY = 2;
    private static final int SURPRISED = 5;

    private long nowNs;

    @Test
    void shouldShowMoodsInTheFaceAndNowhereElse() throws IOException {
        final List<List<Shot>> rows = new ArrayList<>();
        try (var library = new AvatarLibrary(ModelCatalog.standard(), DeviceKind.CPU);
                var pipeline = new Pipeline(PipelineConfig.forLive(1), new HostCompositor(), System::nanoTime)) {
            for (final String portrait : List.of("av_stock_001", "av_stock_002", "av_stock_003")) {
                final List<Shot> row = new ArrayList<>();
                try (AvatarLibrary.Loan face = borrow(library, portrait)) {
                    for (final String prompt : PROMPTS) {
                        row.add(shoot(pipeline, face, prompt));
                    }
                }
                rows.add(row);
            }
        }
        Files.createDirectories(Path.of("target"));
        ImageIO.write(sheet(rows), "png", Path.of("target", "moods.png").toFile());

        for (final List<Shot> row : rows) {
            final Shot neutral = row.getFirst();
            for (int i = 1; i < row.size(); i++) {
                assertThat(border(neutral.rest, row.get(i).rest))
                        .as("%s leaves the picture's border alone", PROMPTS.get(i))
                        .isZero();
            }
            assertThat(mouth(neutral.rest, row.get(SMILING).rest)).as("a smile").isGreaterThan(1.0);
            assertThat(eyes(neutral.rest, row.get(SLEEPY).rest))
                    .as("sleepy eyes")
                    .isGreaterThan(1.5);
            assertThat(eyes(neutral.rest, row.get(SURPRISED).rest))
                    .as("raised brows")
                    .isGreaterThan(0.8);
        }
    }

    private static AvatarLibrary.Loan borrow(AvatarLibrary library, String portrait) {
        return library.borrow(new AvatarLibrary.Order("puppet", portrait, Optional.of(FrameSize.USUAL), () -> {
            return PortraitReader.read(portrait, PlatformAvatars.picture(portrait), Integer.MAX_VALUE);
        }));
    }

    /** A face at rest and in the middle of a word. */
    private record Shot(BufferedImage rest, BufferedImage word) {}

    private Shot shoot(Pipeline pipeline, AvatarLibrary.Loan face, String prompt) {
        final Avatar avatar = face.avatar();
        final var album = new Album();
        final MediaSession session = pipeline.open(
                new SessionConfig(face.model(), avatar.identity().patchSize(), avatar.loop(), 4, true, nowNs), album);
        final Mood mood = MoodWords.mood(prompt);
        pipeline.feel(session, new Moods(mood, mood));
        // Eyes open, in this life, with the mood settled.
        run(pipeline, 420);
        final BufferedImage rest = album.last();
        assertThat(session.audio().start(new dev.mouthpiece.worker.media.audio.PcmFormat(16_000, 1)))
                .isTrue();
        session.audio().write(vowel());
        run(pipeline, 60);
        final BufferedImage word = album.last();
        pipeline.close(session, () -> {});
        run(pipeline, 10);
        return new Shot(rest, word);
    }

    private void run(Pipeline pipeline, int ticks) {
        for (int i = 0; i < ticks; i++) {
            for (int turn = 0; turn < 3; turn++) {
                pipeline.stepDevice(nowNs);
                pipeline.stepLanes();
            }
            pipeline.stepPacer(nowNs);
            nowNs += TICK_NS;
        }
    }

    /** Two seconds of an open vowel: 120 Hz with formants about 750 and 1200 Hz. */
    private static ByteBuffer vowel() {
        final ByteBuffer pcm = ByteBuffer.allocate(2 * 16_000 * 2).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; pcm.hasRemaining(); i++) {
            double sum = 0;
            for (int h = 1; h <= 30; h++) {
                final double f = 120.0 * h;
                final double gain = 1 / (1 + Math.pow((f - 750) / 150, 2)) + 0.6 / (1 + Math.pow((f - 1_200) / 180, 2));
                sum += gain * Math.sin(2 * Math.PI * f * i / 16_000);
            }
            pcm.putShort((short) (2_500 * sum));
        }
        return pcm.flip();
    }

    /** Keeps the last picture. */
    private static final class Album implements MediaSink {
        private BufferedImage picture = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);

        BufferedImage last() {
            return picture;
        }

        @Override
        public void onVideo(FrameSlot slot, boolean repeated) {
            picture = image(slot.picture());
        }

        @Override
        public void onAudio(Segment segment, ByteBuffer pcm, ByteBuffer following) {}

        @Override
        public void onSilence() {}

        @Override
        public void onPlaybackStarted(long segmentId) {}

        @Override
        public void onPlaybackFinished(long segmentId, long positionUs, boolean interrupted) {}

        @Override
        public void onFailed(Throwable cause) {
            throw new AssertionError(cause);
        }
    }

    private static BufferedImage image(I420Frame frame) {
        final var image = new BufferedImage(frame.width(), frame.height(), BufferedImage.TYPE_INT_RGB);
        final int w = frame.width();
        final int uAt = w * frame.height();
        final int vAt = uAt + uAt / 4;
        for (int y = 0; y < frame.height(); y++) {
            for (int x = 0; x < w; x++) {
                final double luma = 1.164 * ((frame.data().get(y * w + x) & 0xff) - 16);
                final int c = y / 2 * (w / 2) + x / 2;
                final int u = (frame.data().get(uAt + c) & 0xff) - 128;
                final int v = (frame.data().get(vAt + c) & 0xff) - 128;
                image.setRGB(x, y, rgb(luma + 1.596 * v, luma - 0.392 * u - 0.813 * v, luma + 2.017 * u));
            }
        }
        return image;
    }

    private static int rgb(double r, double g, double b) {
        return new Color((int) Math.clamp(r, 0.0, 255.0), (int) Math.clamp(g, 0.0, 255.0), (int)
                        Math.clamp(b, 0.0, 255.0))
                .getRGB();
    }

    /** Mean difference of the lower part of the face, in 255ths. */
    private static double mouth(BufferedImage a, BufferedImage b) {
        return difference(a, b, 0.30, 0.48, 0.70, 0.62);
    }

    private static double eyes(BufferedImage a, BufferedImage b) {
        return difference(a, b, 0.30, 0.33, 0.70, 0.44);
    }

    private static double border(BufferedImage a, BufferedImage b) {
        return difference(a, b, 0, 0, 1, 0.02) + difference(a, b, 0, 0.95, 1, 1);
    }

    private static double difference(BufferedImage a, BufferedImage b, double x0, double y0, double x1, double y1) {
        double sum = 0;
        int count = 0;
        for (int y = (int) (y0 * a.getHeight()); y < (int) (y1 * a.getHeight()); y++) {
            for (int x = (int) (x0 * a.getWidth()); x < (int) (x1 * a.getWidth()); x++) {
                sum += Math.abs((a.getRGB(x, y) >> 8 & 0xff) - (b.getRGB(x, y) >> 8 & 0xff));
                count++;
            }
        }
        return sum / count;
    }

    private static BufferedImage sheet(List<List<Shot>> rows) {
        final int w = 368;
        final int h = 560;
        final var all = new BufferedImage(w * PROMPTS.size(), 2 * h * rows.size(), BufferedImage.TYPE_INT_RGB);
        final Graphics2D g = all.createGraphics();
        for (int r = 0; r < rows.size(); r++) {
            for (int c = 0; c < PROMPTS.size(); c++) {
                g.drawImage(rows.get(r).get(c).rest, c * w, 2 * r * h, null);
                g.drawImage(rows.get(r).get(c).word, c * w, (2 * r + 1) * h, null);
                g.setColor(Color.YELLOW);
                g.drawString(PROMPTS.get(c), c * w + 8, 2 * r * h + 20);
            }
        }
        g.dispose();
        return all;
    }
}
