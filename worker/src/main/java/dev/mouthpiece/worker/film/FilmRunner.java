package dev.mouthpiece.worker.film;

import dev.mouthpiece.device.Device;
import dev.mouthpiece.device.DeviceException;
import dev.mouthpiece.worker.media.Pipeline;
import dev.mouthpiece.worker.media.PipelineConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.jspecify.annotations.Nullable;

/**
 * Makes films: drives the media path with a clock of its own, as fast as the machine allows.
 *
 * <p>The clock moves on by one tick when every film in work has its next picture, so that no picture is late, all films
 * come on together, their frames share batches, and the result does not depend on how fast the machine is. At most
 * {@code together} films are in work at once; the next begins when one is done.
 */
public final class FilmRunner {
    private static final long TICK_NS = 10_000_000L;

    /** A time at which no film has anything due. */
    private static final long BEFORE_ALL_NS = Long.MIN_VALUE / 2;

    private final PipelineConfig config;
    private final Device device;
    private final int together;

    /**
     * @param device borrowed; of the kind of the films' models
     * @param lanes inference threads
     * @param together most films in work at once
     */
    public FilmRunner(Device device, int lanes, int together) {
        this.config = PipelineConfig.forFilms(lanes);
        this.device = device;
        this.together = together;
    }

    /**
     * Makes the films, and closes their sources and outputs, whatever happens.
     *
     * @param canceled asked between steps; once true, films in work are dropped without a trace
     * @return whether all films were written
     */
    public boolean run(List<FilmJob> jobs, FilmListener listener, BooleanSupplier canceled) {
        final AtomicReference<@Nullable Throwable> laneFailure = new AtomicReference<>();
        final var idle = new BackoffIdleStrategy(50, 20, 5_000, 200_000);
        final ArrayList<Film> films = new ArrayList<>();
        int next = 0;
        int written = 0;
        long nowNs = 0;
        try (Pipeline pipeline = new Pipeline(config, device, System::nanoTime)) {
            pipeline.startLanes(laneFailure::set);
            while ((next < jobs.size() || !films.isEmpty()) && !canceled.getAsBoolean()) {
                final Throwable broken = laneFailure.get();
                if (broken instanceof DeviceException lost) {
                    throw lost;
                }
                if (broken != null) {
                    throw new FilmException("an inference thread failed: " + broken.getMessage(), broken);
                }
                while (films.size() < together && next < jobs.size()) {
                    final Film film = begin(jobs.get(next), next, listener, pipeline, nowNs);
                    next++;
                    if (film != null) {
                        films.add(film);
                    }
                }
                int work = 0;
                for (int i = 0; i < films.size(); i++) {
                    work += films.get(i).feed();
                }
                work += pipeline.stepDevice(nowNs);
                if (allReady(films)) {
                    work += pipeline.stepPacer(nowNs);
                    nowNs += TICK_NS;
                }
                for (int i = films.size() - 1; i >= 0; i--) {
                    if (films.get(i).isDone()) {
                        final Film film = films.remove(i);
                        written += film.failure() == null ? 1 : 0;
                        end(film, pipeline);
                    }
                }
                idle.idle(work);
            }
            for (final Film film : films) {
                end(film, pipeline);
            }
        } finally {
            films.forEach(Film::close);
            for (int i = next; i < jobs.size(); i++) {
                jobs.get(i).output().close();
                jobs.get(i).speech().close();
            }
        }
        return written == jobs.size();
    }

    private static @Nullable Film begin(FilmJob job, int index, FilmListener listener, Pipeline pipeline, long nowNs) {
        try {
            return new Film(job, index, listener, pipeline, nowNs);
        } catch (final RuntimeException e) {
            listener.onFailed(index, e);
            job.output().close();
            job.speech().close();
            return null;
        }
    }

    private static boolean allReady(List<Film> films) {
        for (int i = 0; i < films.size(); i++) {
            if (!films.get(i).isDone() && !films.get(i).session().paced().isReady()) {
                return false;
            }
        }
        return true;
    }

    /** Takes a film out of the path and waits, a moment, until no inference thread holds a frame of it. */
    private static void end(Film film, Pipeline pipeline) {
        final boolean[] closed = new boolean[1];
        pipeline.close(film.session(), () -> closed[0] = true);
        final var idle = new BackoffIdleStrategy(50, 20, 5_000, 200_000);
        final long startNs = System.nanoTime();
        while (!closed[0] && System.nanoTime() - startNs < 30_000_000_000L) {
            idle.idle(pipeline.stepPacer(BEFORE_ALL_NS) + pipeline.stepDevice(0));
        }
        film.close();
    }
}
