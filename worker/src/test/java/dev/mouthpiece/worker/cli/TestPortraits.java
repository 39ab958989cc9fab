package dev.mouthpiece.worker.cli;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.FaceFinder;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.model.load.Models;
import dev.mouthpiece.worker.avatar.Picture;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;

/** Portraits made of the demo portraits: good ones, and such as nobody can make speak. */
final class TestPortraits {
    private TestPortraits() {}

    /** A demo portrait. */
    static BufferedImage demo(String name) {
        final Picture picture = Portraits.read(name);
        final var image = new BufferedImage(picture.width(), picture.height(), BufferedImage.TYPE_3BYTE_BGR);
        for (int y = 0; y < picture.height(); y++) {
            for (int x = 0; x < picture.width(); x++) {
                image.setRGB(x, y, rgb(picture, x, y));
            }
        }
        return image;
    }

    /** A room without anybody in it. */
    static BufferedImage nobody() {
        final var image = new BufferedImage(400, 400, BufferedImage.TYPE_3BYTE_BGR);
        for (int i = 0; i < 400 * 400; i++) {
            image.setRGB(i % 400, i / 400, new Color(120 + i % 400 / 8, 140 + i / 3200, 150).getRGB());
        }
        return image;
    }

    /** Two people, the right one larger. */
    static BufferedImage couple() {
        final var image = new BufferedImage(1200, 900, BufferedImage.TYPE_3BYTE_BGR);
        draw(image, demo("av_stock_002"), 20, 300, 400);
        draw(image, demo("av_stock_001"), 500, 0, 600);
        return image;
    }

    /** Somebody far away. */
    static BufferedImage far() {
        final var image = new BufferedImage(160, 160, BufferedImage.TYPE_3BYTE_BGR);
        final Graphics2D g = image.createGraphics();
        g.setColor(new Color(0xc9c2bb));
        g.fillRect(0, 0, 160, 160);
        g.dispose();
        draw(image, demo("av_stock_001"), 40, 30, 80);
        return image;
    }

    /**
     * A face that looks aside: each pixel is moved as its landmarks' depth says, as if the head turned.
     *
     * @param degrees by how much
     */
    static BufferedImage turned(double degrees) {
        final Picture picture = Portraits.read("av_stock_001");
        final float[] landmarks;
        try (FaceFinder faces = Models.openFaceFinder(ModelCatalog.standard().open("face"), DeviceKind.CPU)) {
            landmarks =
                    faces.scan(picture.rgb(), picture.width(), picture.height()).landmarks();
        }
        final double sin = Math.sin(Math.toRadians(degrees));
        final double cos = Math.cos(Math.toRadians(degrees));
        final double middle = (landmarks[3 * 234] + landmarks[3 * 454]) / 2.0;
        final double width = landmarks[3 * 454] - landmarks[3 * 234];
        final var image = new BufferedImage(picture.width(), picture.height(), BufferedImage.TYPE_3BYTE_BGR);
        // The nearest wins, so that the nose covers the cheek behind it; what is torn apart is stretched.
        final float[] depth = depth(picture, landmarks, width / 12);
        final float[] nearest = new float[picture.width() * picture.height()];
        Arrays.fill(nearest, Float.POSITIVE_INFINITY);
        for (int y = 0; y < picture.height(); y++) {
            double before = Double.NaN;
            for (int x = 0; x < picture.width(); x++) {
                final float z = depth[y * picture.width() + x];
                final double to = middle + (x - middle) * cos - (z - width / 2) * sin;
                final float toZ = (float) ((x - middle) * sin + z * cos);
                final int last = Math.clamp((long) to, 0, picture.width() - 1);
                for (int target = Math.clamp((long) Math.ceil(before), 0, last); target <= last; target++) {
                    final int at = y * picture.width() + target;
                    if (toZ < nearest[at]) {
                        nearest[at] = toZ;
                        image.setRGB(target, y, rgb(picture, x, y));
                    }
                }
                before = to;
            }
        }
        return image;
    }

    static Path write(BufferedImage image, Path file) {
        try {
            final String name = file.toString();
            ImageIO.write(image, name.substring(name.lastIndexOf('.') + 1), file.toFile());
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Landmark depth spread over the picture: near a landmark its own, far away that of the ears. */
    private static float[] depth(Picture picture, float[] landmarks, double reach) {
        final float[] depth = new float[picture.width() * picture.height()];
        final float ears = (landmarks[3 * 234 + 2] + landmarks[3 * 454 + 2]) / 2;
        for (int y = 0; y < picture.height(); y += 4) {
            for (int x = 0; x < picture.width(); x += 4) {
                double sum = 1e-3 * ears;
                double weights = 1e-3;
                for (int i = 0; i < landmarks.length; i += 3) {
                    final double dx = (landmarks[i] - x) / reach;
                    final double dy = (landmarks[i + 1] - y) / reach;
                    final double weight = Math.exp(-(dx * dx + dy * dy) * 4);
                    sum += weight * landmarks[i + 2];
                    weights += weight;
                }
                for (int dy = 0; dy < 4 && y + dy < picture.height(); dy++) {
                    for (int dx = 0; dx < 4 && x + dx < picture.width(); dx++) {
                        depth[(y + dy) * picture.width() + x + dx] = (float) (sum / weights);
                    }
                }
            }
        }
        return depth;
    }

    private static void draw(BufferedImage into, BufferedImage image, int x, int y, int width) {
        final Graphics2D g = into.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        g.drawImage(image, x, y, width, image.getHeight() * width / image.getWidth(), null);
        g.dispose();
    }

    private static int rgb(Picture picture, int x, int y) {
        final int at = (y * picture.width() + x) * 3;
        return 0xff000000
                | (picture.rgb().get(at) & 0xff) << 16
                | (picture.rgb().get(at + 1) & 0xff) << 8
                | (picture.rgb().get(at + 2) & 0xff);
    }
}
