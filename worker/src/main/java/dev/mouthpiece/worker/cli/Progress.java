package dev.mouthpiece.worker.cli;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Shows how films come on. On a terminal: a line per film in work and one for their sum, drawn over and over; elsewhere a
 * plain line every few seconds. One thread.
 */
final class Progress {
    private static final long REDRAW_NS = 100_000_000L;
    private static final long PLAIN_NS = 5_000_000_000L;
    private static final int BAR_CELLS = 20;

    /** What a line holds beside the film's name. */
    private static final int FACTS_COLUMNS = 68;

    private static final int MIN_NAME_COLUMNS = 9;

    /** Films in work beyond these are shown in the sum only. */
    private static final int MAX_LINES = 8;

    /** Before, the time left is a guess from a few frames. */
    private static final double MIN_ETA_SECONDS = 1;

    private static final String ERASE_LINE = "\u001b[2K";
    private static final String UP = "\u001b[1A";

    private final Terminal terminal;
    private final boolean isQuiet;
    private final int fps;
    private final LongSupplier nanoClock;
    private final List<Film> films = new ArrayList<>();
    private long startNs;
    private long lastDrawNs;
    private long framesDone;
    private int filmsDone;
    private int linesDrawn;

    /** Frames of one film. */
    private static final class Film {
        final String name;
        long frames;
        long estimatedFrames;
        boolean isDone;

        Film(String name, long estimatedFrames) {
            this.name = name;
            this.estimatedFrames = estimatedFrames;
        }
    }

    Progress(Terminal terminal, boolean isQuiet, int fps, LongSupplier nanoClock) {
        this.terminal = terminal;
        this.isQuiet = isQuiet;
        this.fps = fps;
        this.nanoClock = nanoClock;
        this.startNs = nanoClock.getAsLong();
        this.lastDrawNs = startNs;
    }

    /** A film that is going to be made. Films are counted in this order. {@code estimatedFrames} is -1 if not known. */
    void add(String name, long estimatedFrames) {
        films.add(new Film(name, estimatedFrames));
    }

    /** The first film is begun: speed counts from now on. */
    void start() {
        startNs = nanoClock.getAsLong();
        lastDrawNs = startNs;
    }

    void onProgress(int film, long frames, long estimatedFrames) {
        final Film shown = films.get(film);
        framesDone += frames - shown.frames;
        shown.frames = frames;
        shown.estimatedFrames = estimatedFrames;
        final long nowNs = nanoClock.getAsLong();
        final long intervalNs = terminal.isInteractive() ? REDRAW_NS : PLAIN_NS;
        if (!isQuiet && nowNs - lastDrawNs >= intervalNs) {
            lastDrawNs = nowNs;
            draw(nowNs);
        }
    }

    /** A film is written. */
    void onFinished(int film, long frames) {
        onOver(film);
        final Film done = films.get(film);
        framesDone += frames - done.frames;
        done.frames = frames;
        if (isQuiet) {
            return;
        }
        clear();
        if (films.size() == 1) {
            terminal.out()
                    .printf(
                            Locale.ROOT,
                            "wrote %s: %s in %s%n",
                            done.name,
                            seconds(frames),
                            speed(nanoClock.getAsLong()));
        } else {
            terminal.out().printf(Locale.ROOT, "wrote %s: %s%n", done.name, seconds(frames));
        }
    }

    /** A film has failed; whoever made it says why. */
    void onOver(int film) {
        films.get(film).isDone = true;
        filmsDone++;
        clear();
    }

    /** All films are over. */
    void finish(int written) {
        clear();
        if (!isQuiet && films.size() > 1 && written > 0) {
            terminal.out()
                    .printf(
                            Locale.ROOT,
                            "%d of %d films: %s in %s%n",
                            written,
                            films.size(),
                            seconds(framesDone),
                            speed(nanoClock.getAsLong()));
        }
    }

    /** Takes the lines off the terminal, for something else to be written there. */
    void clear() {
        if (linesDrawn > 0) {
            final var text = new StringBuilder("\r");
            text.append(ERASE_LINE);
            for (int i = 1; i < linesDrawn; i++) {
                text.append(UP).append(ERASE_LINE);
            }
            terminal.err().print(text);
            terminal.err().flush();
            linesDrawn = 0;
        }
    }

    private void draw(long nowNs) {
        if (!terminal.isInteractive()) {
            terminal.err().println(sum(nowNs));
            return;
        }
        final List<String> lines = new ArrayList<>();
        if (films.size() > 1) {
            for (final Film film : films) {
                if (!film.isDone && film.frames > 0 && lines.size() < MAX_LINES) {
                    lines.add("  " + bar(film.frames, film.estimatedFrames) + "  " + film.name);
                }
            }
        }
        lines.add(sum(nowNs));
        clear();
        final var text = new StringBuilder();
        for (final String line : lines) {
            text.append(text.isEmpty() ? "" : "\n");
            text.append(line, 0, Math.min(line.length(), terminal.columns() - 1));
        }
        terminal.err().print(text);
        terminal.err().flush();
        linesDrawn = lines.size();
    }

    /** Such as {@code hello.mp4  ######------  52%  97/185 frames  18.3x real time  0:02 left}. */
    private String sum(long nowNs) {
        long total = 0;
        for (final Film film : films) {
            total = film.estimatedFrames < 0 || total < 0 ? -1 : total + film.estimatedFrames;
        }
        final var text = new StringBuilder();
        text.append(films.size() == 1 ? shortName(films.getFirst()) : filmsDone + "/" + films.size() + " films");
        if (terminal.isInteractive() && total > 0) {
            text.append("  ").append(bar(framesDone, total));
        } else if (total > 0) {
            text.append(String.format(Locale.ROOT, "  %3d%%", Math.min(100, framesDone * 100 / total)));
        }
        text.append("  ").append(framesDone);
        text.append(total < 0 ? "" : "/" + Math.max(framesDone, total)).append(" frames");
        final double elapsed = (nowNs - startNs) / 1e9;
        final double framesPerSecond = framesDone / Math.max(elapsed, 1e-3);
        text.append(String.format(Locale.ROOT, "  %.1fx real time", framesPerSecond / fps));
        if (total > 0 && elapsed >= MIN_ETA_SECONDS) {
            final long left = Math.round(Math.max(0, total - framesDone) / Math.max(framesPerSecond, 1e-3));
            text.append(String.format(Locale.ROOT, "  %d:%02d left", left / 60, left % 60));
        }
        return text.toString();
    }

    /** The file's name, as much as there is room for. */
    private String shortName(Film film) {
        final String name = film.name.substring(film.name.lastIndexOf(File.separatorChar) + 1);
        final int room = Math.max(MIN_NAME_COLUMNS, terminal.columns() - FACTS_COLUMNS);
        if (!terminal.isInteractive() || name.length() <= room) {
            return name;
        }
        return name.substring(0, room - 1) + (terminal.isUnicode() ? "…" : "~");
    }

    private String bar(long frames, long estimatedFrames) {
        if (estimatedFrames <= 0) {
            return String.format(Locale.ROOT, "%d frames", frames);
        }
        final double share = Math.min(1, frames / (double) estimatedFrames);
        final int cells = (int) (share * BAR_CELLS);
        final String full = terminal.isUnicode() ? "█" : "#";
        final String empty = terminal.isUnicode() ? "░" : "-";
        return full.repeat(cells)
                + empty.repeat(BAR_CELLS - cells)
                + String.format(Locale.ROOT, " %3d%%", (int) (share * 100));
    }

    private String seconds(long frames) {
        return String.format(Locale.ROOT, "%.1f s", frames / (double) fps);
    }

    private String speed(long nowNs) {
        final double elapsed = Math.max(1e-3, (nowNs - startNs) / 1e9);
        return String.format(Locale.ROOT, "%.1f s, %.1fx real time", elapsed, framesDone / (double) fps / elapsed);
    }
}
