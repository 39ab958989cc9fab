package dev.mouthpiece.worker.cli;

import dev.mouthpiece.device.Device;
import dev.mouthpiece.model.FaceFinder;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.model.ModelPackage;
import dev.mouthpiece.model.load.Models;
import dev.mouthpiece.worker.avatar.Avatar;
import dev.mouthpiece.worker.avatar.AvatarLoader;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.avatar.Picture;
import dev.mouthpiece.worker.film.FilmJob;
import dev.mouthpiece.worker.film.FilmListener;
import dev.mouthpiece.worker.film.FilmOutput;
import dev.mouthpiece.worker.film.FilmRunner;
import dev.mouthpiece.worker.film.FrameFolderOutput;
import dev.mouthpiece.worker.film.Mp4Output;
import dev.mouthpiece.worker.film.PlotOutput;
import dev.mouthpiece.worker.film.SpeechSource;
import dev.mouthpiece.worker.film.TeeOutput;
import dev.mouthpiece.worker.film.TraceOutput;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the films of one command: checks everything first, then prepares avatars and runs the films, a wave at a time.
 * Used by one thread; while the model loads, speech and the first picture are read beside it.
 */
final class FilmStudio {
    private static final Logger LOG = LoggerFactory.getLogger(FilmStudio.class);

    /** Films in work at once: as many as the shipped models take in one batch. */
    private static final int TOGETHER = 8;

    /** Inference threads beyond these wait for the one thread that encodes. */
    private static final int MAX_LANES = 8;

    /** Avatars alive at once, some 20 MB each: films are made in waves of so many different portraits. */
    private static final int MAX_AVATARS = 24;

    private final Terminal terminal;
    private final Settings settings;
    private final long startNs = System.nanoTime();

    /**
     * What holds for all films of a command.
     *
     * @param device what computes, as {@link DeviceChoice} takes it
     * @param size of the frames; empty for each portrait's own
     * @param raw format of standard input, where it is read
     */
    record Settings(
            String model,
            String device,
            Optional<FrameSize> size,
            long seed,
            Optional<PcmFormat> raw,
            boolean isQuiet) {}

    FilmStudio(Terminal terminal, Settings settings) {
        this.terminal = terminal;
        this.settings = settings;
    }

    /** Makes the films. Returns the exit code. */
    int make(List<FilmOrder> orders) {
        final ModelCatalog catalog = ModelCatalog.standard();
        final ModelPackage files = catalog.open(settings.model());
        final Background<List<SpeechSource>> opening = Background.start("speech", () -> openSpeech(orders));
        final Background<Picture> reading = Background.start("portrait", () -> orders.getFirst()
                .located(() -> Portraits.read(orders.getFirst().portrait())));
        try (Device device = open();
                LipSyncModel model = Models.open(files, device.kind());
                FaceFinder faces = AvatarLoader.needsFace(model)
                        ? Models.openFaceFinder(catalog.open("face"), device.kind())
                        : null;
                AvatarShelf shelf = new AvatarShelf(model, faces, settings.size())) {
            tell("models loaded");
            final List<SpeechSource> speech = opening.join();
            final var works = new ArrayList<Work>();
            try {
                for (int i = 0; i < orders.size(); i++) {
                    final FilmOrder order = orders.get(i);
                    works.add(new Work(
                            order,
                            speech.get(i),
                            order.located(() -> claim(order, model.manifest())),
                            i == 0 ? reading::join : () -> Portraits.read(order.portrait())));
                }
                return new Waves(device, model, shelf, works).run();
            } finally {
                works.forEach(work -> work.output().close());
                speech.forEach(SpeechSource::close);
            }
        }
    }

    /** Told where it was asked for: on the CPU films are made as ever. */
    private Device open() {
        return DeviceChoice.open("--device", settings.device(), line -> {
            if (!settings.isQuiet() && !settings.device().equals("cpu")) {
                terminal.err().println("mouthpiece: " + line);
            }
        });
    }

    /** One film and what it is made of. */
    private record Work(FilmOrder order, SpeechSource speech, FilmOutput output, AvatarShelf.PictureSupplier picture) {}

    /** Opens all speech; where it is of many films, only to see that it can be. */
    private List<SpeechSource> openSpeech(List<FilmOrder> orders) {
        final List<SpeechSource> opened = new ArrayList<>();
        for (final FilmOrder order : orders) {
            throwIfInterrupted();
            final SpeechSource speech =
                    order.located(() -> Speeches.open(order.speech(), terminal.in(), settings.raw()));
            if (orders.size() == 1) {
                opened.add(speech);
            } else {
                final var lazy = new LazySpeech(
                        () -> Speeches.open(order.speech(), terminal.in(), settings.raw()),
                        speech.format(),
                        speech.estimatedSamples());
                speech.close();
                opened.add(lazy);
            }
        }
        return opened;
    }

    private static FilmOutput claim(FilmOrder order, Manifest manifest) {
        final List<Manifest.Parameter> features = manifest.requireEncode().features();
        final List<FilmOutput> outputs = new ArrayList<>();
        try {
            if (order.frames() != null) {
                outputs.add(new FrameFolderOutput(order.frames()));
            }
            if (order.trace() != null) {
                outputs.add(new TraceOutput(
                        order.trace(),
                        features.stream().map(Manifest.Parameter::name).toList()));
            }
            if (order.plot() != null) {
                outputs.add(new PlotOutput(order.plot(), features));
            }
            outputs.add(new Mp4Output(order.target()));
            return new TeeOutput(outputs);
        } catch (RuntimeException e) {
            outputs.forEach(FilmOutput::close);
            throw e;
        }
    }

    private void throwIfInterrupted() {
        if (terminal.interruption().getAsBoolean()) {
            throw new CanceledException();
        }
    }

    private void tell(String what) {
        LOG.debug("{} after {} ms", what, (System.nanoTime() - startNs) / 1_000_000);
    }

    /** The films in order, as many at a time as their avatars allow. */
    private final class Waves {
        private final LipSyncModel model;
        private final AvatarShelf shelf;
        private final List<Work> works;
        private final Progress progress;
        private final FilmRunner runner;
        private int written;
        private int code = Cli.OK;

        Waves(Device device, LipSyncModel model, AvatarShelf shelf, List<Work> works) {
            this.model = model;
            this.shelf = shelf;
            this.works = works;
            final int fps = model.manifest().fps();
            this.progress = new Progress(terminal, settings.isQuiet(), fps, System::nanoTime);
            for (final Work work : works) {
                progress.add(work.order().target().toString(), frames(work.speech(), fps));
            }
            final int lanes = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MAX_LANES);
            this.runner = new FilmRunner(device, lanes, TOGETHER);
        }

        int run() {
            final List<FilmJob> first = prepare(0);
            checkPortraits(first.size());
            tell("avatars prepared");
            progress.start();
            make(0, first);
            for (int next = first.size(); next < works.size(); ) {
                shelf.close();
                final List<FilmJob> wave = prepare(next);
                make(next, wave);
                next += wave.size();
            }
            progress.finish(written);
            return code;
        }

        /** The films from {@code from} on whose avatars have room together. */
        private List<FilmJob> prepare(int from) {
            final List<FilmJob> jobs = new ArrayList<>();
            for (int i = from; i < works.size(); i++) {
                throwIfInterrupted();
                final Work work = works.get(i);
                final String portrait = work.order().portrait();
                if (shelf.count() == MAX_AVATARS && !shelf.has(portrait)) {
                    break;
                }
                final Avatar avatar = work.order().located(() -> shelf.get(portrait, work.picture()));
                jobs.add(new FilmJob(model, avatar, work.speech(), work.output(), settings.seed()));
            }
            shelf.takeNotes().forEach(this::note);
            return jobs;
        }

        /** Portraits of later waves, so that a bad one is told before the first film is begun. */
        private void checkPortraits(int from) {
            for (int i = from; i < works.size(); i++) {
                throwIfInterrupted();
                final Work work = works.get(i);
                work.order().located(() -> {
                    shelf.check(work.order().portrait(), work.picture());
                    return work;
                });
            }
        }

        private void make(int from, List<FilmJob> jobs) {
            throwIfInterrupted();
            runner.run(jobs, new Listener(from), terminal.interruption());
            throwIfInterrupted();
        }

        private void note(String text) {
            if (!settings.isQuiet()) {
                progress.clear();
                terminal.err().println("mouthpiece: note: " + text);
            }
        }

        /** Passes on what the runner tells of one wave. */
        private final class Listener implements FilmListener {
            private final int from;

            Listener(int from) {
                this.from = from;
            }

            @Override
            public void onProgress(int job, long frames, long estimatedFrames) {
                if (written == 0 && frames == 1) {
                    tell("first frame written");
                }
                progress.onProgress(from + job, frames, estimatedFrames);
            }

            @Override
            public void onFinished(int job, long frames) {
                written++;
                works.get(from + job).speech().warnings().forEach(Waves.this::note);
                progress.onFinished(from + job, frames);
            }

            @Override
            public void onFailed(int job, Throwable cause) {
                progress.onOver(from + job);
                if (terminal.interruption().getAsBoolean()) {
                    return;
                }
                LOG.debug("film {} failed", from + job, cause);
                final FilmOrder order = works.get(from + job).order();
                final int failed = Cli.explain(terminal, order.where(), cause);
                code = code == Cli.FAILED ? code : failed;
            }
        }
    }

    private static long frames(SpeechSource speech, int fps) {
        final long samples = speech.estimatedSamples();
        final int rate = speech.format().sampleRateHz();
        return samples < 0 ? -1 : (samples * fps + rate - 1) / rate;
    }
}
