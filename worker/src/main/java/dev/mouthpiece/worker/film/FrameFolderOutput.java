package dev.mouthpiece.worker.film;

import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.device.Rgb;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.FileImageOutputStream;

/** A folder of PNG pictures, {@code 000000.png} and on, one a frame. */
public final class FrameFolderOutput implements FilmOutput {
    /** Fast compression: these files are looked at, not kept. */
    private static final float QUALITY = 0.8f;

    private final PendingFile folder;
    private final ImageWriter writer =
            ImageIO.getImageWritersByFormatName("png").next();
    private BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_3BYTE_BGR);
    private ByteBuffer rgb = ByteBuffer.allocate(0);
    private int frames;

    /**
     * Claims the target.
     *
     * @throws dev.mouthpiece.worker.BadInputException if it cannot be written or is not an empty folder
     */
    public FrameFolderOutput(Path target) {
        folder = PendingFile.folder(target);
    }

    @Override
    public void start(int width, int height, int fps, PcmFormat audio) {
        image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        rgb = ByteBuffer.allocate(Rgb.sizeBytes(width, height));
    }

    @Override
    public void video(I420Frame frame) {
        Rgb.fromI420(frame, rgb);
        final byte[] bgr = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
        for (int i = 0; i < bgr.length; i += 3) {
            bgr[i] = rgb.get(i + 2);
            bgr[i + 1] = rgb.get(i + 1);
            bgr[i + 2] = rgb.get(i);
        }
        final Path file = folder.path().resolve(String.format(Locale.ROOT, "%06d.png", frames));
        try (var out = new FileImageOutputStream(file.toFile())) {
            final ImageWriteParam param = writer.getDefaultWriteParam();
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            param.setCompressionQuality(QUALITY);
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), param);
        } catch (IOException e) {
            throw new FilmException("cannot write " + folder.target() + ": " + PendingFile.reason(e), e);
        }
        frames++;
    }

    @Override
    public void audio(ByteBuffer pcm) {
        // Pictures only.
    }

    @Override
    public void finish() {
        folder.commit();
    }

    @Override
    public void close() {
        writer.dispose();
        folder.close();
    }
}
