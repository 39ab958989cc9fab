package dev.mouthpiece.worker.film;

import dev.mouthpiece.model.Manifest;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Draws a plot.
 *
 * <pre>
 *   speech |  waveform                 |  WAVE_PX
 *      jaw |  filled curve, min to max |  LANE_PX each
 *      ... |                           |
 *          0 s       0.5        1      |  AXIS_PX
 * </pre>
 */
final class Plot {
    /** How finely the waveform is kept. */
    static final int BINS_PER_SECOND = 400;

    private static final Logger LOG = LoggerFactory.getLogger(Plot.class);

    private static final int LEFT_PX = 84;
    private static final int RIGHT_PX = 24;
    private static final int TOP_PX = 14;
    private static final int WAVE_PX = 130;
    private static final int LANE_PX = 58;
    private static final int GAP_PX = 10;
    private static final int AXIS_PX = 36;
    private static final int PX_PER_SECOND = 160;
    private static final int MIN_PLOT_PX = 900;

    /** Longer films are drawn narrower, so that any viewer opens the picture. */
    private static final int MAX_PLOT_PX = 16_000;

    private static final int MIN_TICK_PX = 64;
    private static final double[] TICK_SECONDS = {0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600};

    private static final Color PAPER = Color.WHITE;
    private static final Color INK = new Color(0x33383d);
    private static final Color PALE = new Color(0x8a9199);
    private static final Color GRID = new Color(0xe4e7ea);
    private static final Color WAVE = new Color(0x5b6b7a);

    /** Told apart by hue and by their order; repeated when there are more lanes. */
    private static final Color[] LANES = {
        new Color(0xc8423b), new Color(0xd9822b), new Color(0xb8a11d), new Color(0x4c9a4b),
        new Color(0x2f9a94), new Color(0x3b77c2), new Color(0x7a5bc0), new Color(0xb4539a)
    };

    private final List<Manifest.Parameter> features;
    private final int fps;
    private final float[] values;
    private final float[] lows;
    private final float[] highs;
    private final double binSeconds;
    private final double seconds;
    private final int plotPx;
    private boolean hasFonts = true;

    /**
     * A plot of one film.
     *
     * @param values [frames, features]
     * @param lows smallest sample of each bin, -1..1
     * @param highs largest sample of each bin
     * @param binSeconds how long a bin is
     */
    Plot(
            List<Manifest.Parameter> features,
            int fps,
            float[] values,
            float[] lows,
            float[] highs,
            double binSeconds,
            double seconds) {
        this.features = features;
        this.fps = fps;
        this.values = values;
        this.lows = lows;
        this.highs = highs;
        this.binSeconds = binSeconds;
        this.seconds = Math.max(seconds, frames() / (double) fps);
        this.plotPx = Math.clamp((long) (this.seconds * PX_PER_SECOND), MIN_PLOT_PX, MAX_PLOT_PX);
    }

    BufferedImage draw() {
        final int lanes = features.size();
        final int bottom = TOP_PX + WAVE_PX + lanes * (GAP_PX + LANE_PX);
        final var image =
                new BufferedImage(LEFT_PX + plotPx + RIGHT_PX, bottom + AXIS_PX, BufferedImage.TYPE_3BYTE_BGR);
        final Graphics2D g = image.createGraphics();
        try {
            g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
            g.setColor(PAPER);
            g.fillRect(0, 0, image.getWidth(), image.getHeight());
            axis(g, bottom);
            wave(g);
            for (int i = 0; i < lanes; i++) {
                lane(g, i, TOP_PX + WAVE_PX + GAP_PX + i * (GAP_PX + LANE_PX));
            }
        } finally {
            g.dispose();
        }
        return image;
    }

    private int frames() {
        return features.isEmpty() ? 0 : values.length / features.size();
    }

    private double x(double second) {
        return LEFT_PX + second / seconds * plotPx;
    }

    private void axis(Graphics2D g, int bottom) {
        double step = TICK_SECONDS[TICK_SECONDS.length - 1];
        for (int i = TICK_SECONDS.length - 1; i >= 0; i--) {
            if (TICK_SECONDS[i] / seconds * plotPx >= MIN_TICK_PX) {
                step = TICK_SECONDS[i];
            }
        }
        for (int tick = 0; tick * step <= seconds + 1e-9; tick++) {
            final double x = x(tick * step);
            g.setColor(GRID);
            g.draw(new Line2D.Double(x, TOP_PX, x, bottom + 5));
            final String label = step < 1
                    ? String.format(Locale.ROOT, "%.1f", tick * step)
                    : String.format(Locale.ROOT, "%.0f", tick * step);
            text(g, tick == 0 ? "0 s" : label, x, bottom + 21, 0.5, 12, PALE);
        }
    }

    private void wave(Graphics2D g) {
        float peak = 0.05f;
        for (int i = 0; i < lows.length; i++) {
            peak = Math.max(peak, Math.max(-lows[i], highs[i]));
        }
        final double middle = TOP_PX + WAVE_PX / 2.0;
        final double half = WAVE_PX / 2.0 - 2;
        g.setColor(GRID);
        g.draw(new Line2D.Double(LEFT_PX, middle, LEFT_PX + plotPx, middle));
        g.setColor(WAVE);
        g.setStroke(new BasicStroke(1));
        for (int column = 0; column < plotPx; column++) {
            // Every bin that touches the column, so that no peak is lost.
            final int from = (int) (column / (double) plotPx * seconds / binSeconds);
            final int to = (int) ((column + 1) / (double) plotPx * seconds / binSeconds);
            float low = 0;
            float high = 0;
            for (int bin = from; bin <= to && bin < lows.length; bin++) {
                low = Math.min(low, lows[bin]);
                high = Math.max(high, highs[bin]);
            }
            final double x = LEFT_PX + column + 0.5;
            g.draw(new Line2D.Double(x, middle - high / peak * half, x, middle - low / peak * half));
        }
        text(g, "speech", LEFT_PX - 12.0, middle + 5, 1, 13, INK);
    }

    private void lane(Graphics2D g, int feature, int top) {
        final Manifest.Parameter parameter = features.get(feature);
        final Color colour = LANES[feature % LANES.length];
        final double rest = y(parameter, parameter.rest(), top);
        g.setColor(GRID);
        g.setStroke(new BasicStroke(1));
        g.draw(new Line2D.Double(LEFT_PX, top, LEFT_PX + plotPx, top));
        g.draw(new Line2D.Double(LEFT_PX, rest, LEFT_PX + plotPx, rest));
        if (frames() > 0) {
            curve(g, feature, top, rest, colour);
        }
        text(g, parameter.name(), LEFT_PX - 12.0, top + LANE_PX / 2.0 + 5, 1, 13, INK);
        text(g, number(parameter.max()), LEFT_PX - 12.0, top + 8, 1, 9, PALE);
        text(g, number(parameter.min()), LEFT_PX - 12.0, top + LANE_PX, 1, 9, PALE);
    }

    /** A value stands for its frame's 40 ms and is drawn in their middle. */
    private void curve(Graphics2D g, int feature, int top, double rest, Color colour) {
        final Manifest.Parameter parameter = features.get(feature);
        final Path2D line = new Path2D.Double();
        for (int frame = 0; frame < frames(); frame++) {
            final double x = x((frame + 0.5) / fps);
            final double y = y(parameter, values[frame * features.size() + feature], top);
            if (frame == 0) {
                line.moveTo(x, y);
            } else {
                line.lineTo(x, y);
            }
        }
        final Path2D area = new Path2D.Double(line);
        area.lineTo(x((frames() - 0.5) / fps), rest);
        area.lineTo(x(0.5 / fps), rest);
        area.closePath();
        g.setColor(new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), 56));
        g.fill(area);
        g.setColor(colour);
        g.setStroke(new BasicStroke(1.6f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        g.draw(line);
    }

    private static double y(Manifest.Parameter parameter, float value, int top) {
        final double share = (value - parameter.min()) / (double) (parameter.max() - parameter.min());
        return top + LANE_PX * (1 - Math.clamp(share, 0, 1));
    }

    private static String number(float value) {
        return value == Math.rint(value) ? Integer.toString((int) value) : Float.toString(value);
    }

    /** Writes a word; {@code anchor} is 0 to begin at x, 1 to end there. */
    private void text(Graphics2D g, String text, double x, double y, double anchor, int size, Color colour) {
        if (!hasFonts) {
            return;
        }
        try {
            g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, size));
            g.setColor(colour);
            g.drawString(text, (float) (x - anchor * g.getFontMetrics().stringWidth(text)), (float) y);
        } catch (RuntimeException | LinkageError | InternalError e) {
            // A bare server without fonts, which Java meets with an error of many kinds.
            hasFonts = false;
            LOG.warn(
                    "no fonts on this machine, so the plot has no labels: install fontconfig and a font such as DejaVu");
        }
    }
}
