package dev.mouthpiece.worker.live;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.FaceFinder;
import dev.mouthpiece.model.IdentityKeeper;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.model.load.Models;
import dev.mouthpiece.worker.avatar.Avatar;
import dev.mouthpiece.worker.avatar.AvatarCache;
import dev.mouthpiece.worker.avatar.AvatarLoader;
import dev.mouthpiece.worker.avatar.Footage;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.avatar.Picture;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models and avatars of the process: each model is loaded once, each avatar prepared once, and lent to as many sessions
 * as ask. Avatars that nobody borrows are kept for the next, {@value #MAX_UNUSED} of them, some 20 MB each; what was prepared once is
 * also kept on disk, where there is a cache.
 *
 * <p>Thread-safe. Loading and preparing take from tenths of a second to seconds and block who asks, and who asks for the same.
 */
public final class AvatarLibrary implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AvatarLibrary.class);

    private static final int MAX_UNUSED = 4;

    private final ModelCatalog catalog;
    private final DeviceKind device;
    private final @Nullable AvatarCache cache;
    private final ConcurrentHashMap<String, Once<LipSyncModel>> models = new ConcurrentHashMap<>();
    private final Once<FaceFinder> faces = new Once<>();
    private final Queue<CompletableFuture<Void>> keeping = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;

    // Guarded by itself: in the order of their last return.
    private final LinkedHashMap<Key, Shelf> shelves = new LinkedHashMap<>();

    /** An empty library of the packages in {@code catalog}, for one device. */
    public AvatarLibrary(ModelCatalog catalog, DeviceKind device) {
        this(catalog, device, Optional.empty());
    }

    /**
     * An empty library of the packages in {@code catalog}, for one device.
     *
     * @param cache of earlier processes; empty for none
     */
    public AvatarLibrary(ModelCatalog catalog, DeviceKind device, Optional<AvatarCache> cache) {
        this.catalog = catalog;
        this.device = device;
        this.cache = cache.orElse(null);
    }

    /**
     * What a session wants to show.
     *
     * @param model name of the package
     * @param portrait what tells this picture from others: a real path, a hash; errors call it so
     * @param size of the frames; empty for the size that suits the picture
     * @param picture read where the avatar is not here yet
     * @param footage read in its place, and closed, where the portrait is a video; null, or giving null, where it is a picture
     * @param content what {@link AvatarCache#key} calls the picture that the avatar is kept on disk by; null for one that is not kept
     */
    public record Order(
            String model,
            String portrait,
            Optional<FrameSize> size,
            Supplier<Picture> picture,
            @Nullable Supplier<@Nullable Footage> footage,
            @Nullable Supplier<String> content) {
        /** Of a picture whose avatar is not kept on disk. */
        public Order(String model, String portrait, Optional<FrameSize> size, Supplier<Picture> picture) {
            this(model, portrait, size, picture, null, null);
        }

        /** Of a picture whose avatar is kept on disk. */
        public Order(
                String model,
                String portrait,
                Optional<FrameSize> size,
                Supplier<Picture> picture,
                Supplier<String> content) {
            this(model, portrait, size, picture, null, content);
        }
    }

    /**
     * The model of that name, loaded if need be; owned by the library.
     *
     * @throws dev.mouthpiece.model.ModelException if there is none, or it is damaged
     * @throws dev.mouthpiece.model.EngineException if its engine does not start
     */
    public LipSyncModel model(String name) {
        checkOpen();
        return models.computeIfAbsent(name, n -> new Once<>()).get(() -> Models.open(catalog.open(name), device));
    }

    /** The face finder, loaded if need be; owned by the library. */
    public FaceFinder faces() {
        checkOpen();
        return faces.get(() -> Models.openFaceFinder(catalog.open("face"), device));
    }

    /**
     * Lends an avatar, prepared if need be.
     *
     * @throws dev.mouthpiece.worker.BadInputException if the picture does not show a face that can speak
     * @throws dev.mouthpiece.model.ModelException as {@link #model}
     */
    public Loan borrow(Order order) {
        final LipSyncModel model = model(order.model());
        final boolean needsFace = AvatarLoader.needsFace(model);
        final Key key = new Key(order.model(), needsFace ? order.portrait() : "", order.size());
        final Shelf shelf;
        synchronized (shelves) {
            shelf = shelves.computeIfAbsent(key, k -> new Shelf());
            shelf.borrowed++;
        }
        try {
            final var toKeep = new AtomicReference<@Nullable Runnable>();
            final AvatarLoader.Loaded made = shelf.avatar.get(() -> make(model, order, needsFace, toKeep));
            final Runnable keeping = toKeep.get();
            if (keeping != null) {
                keep(key, shelf, keeping);
            }
            return new Loan(this, key, model, made);
        } catch (final Throwable e) {
            giveBack(key);
            throw e;
        }
    }

    /** @param toKeep gets what writes the avatar to disk, where it is to be kept and has just been prepared */
    private AvatarLoader.Loaded make(
            LipSyncModel model, Order order, boolean needsFace, AtomicReference<@Nullable Runnable> toKeep) {
        if (!needsFace) {
            return new AvatarLoader.Loaded(
                    AvatarLoader.blank(model, order.size().orElse(FrameSize.USUAL)), List.of());
        }
        if (cache == null || order.content() == null || !(model instanceof final IdentityKeeper keeper)) {
            return prepare(model, order);
        }
        final String key = key(cache, order, order.content());
        return cache.find(key, keeper).orElseGet(() -> {
            final AvatarLoader.Loaded made = prepare(model, order);
            toKeep.set(() -> cache.keep(key, made, keeper));
            return made;
        });
    }

    /** Beside the session that waits for the avatar, which is borrowed until it is written. */
    private void keep(Key key, Shelf shelf, Runnable writing) {
        synchronized (shelves) {
            shelf.borrowed++;
        }
        final CompletableFuture<Void> kept = CompletableFuture.runAsync(
                writing,
                task -> Thread.ofPlatform().name("avatar-keeper").daemon().start(task));
        keeping.add(kept);
        final var unused = kept.whenComplete((done, error) -> {
            giveBack(key);
            keeping.removeIf(CompletableFuture::isDone);
            if (error != null) {
                LOG.warn("an avatar was not kept", error);
            }
        });
    }

    /** Whether the avatar lies on disk, so that neither its picture nor {@link #faces} is needed. */
    public boolean isKept(Order order) {
        return cache != null && order.content() != null && cache.has(key(cache, order, order.content()));
    }

    /** Deletes what is kept on disk of users' pictures that are gone. */
    public void dropGone(Predicate<String> isThere) {
        if (cache != null) {
            cache.dropGone(isThere);
        }
    }

    private String key(AvatarCache kept, Order order, Supplier<String> content) {
        return kept.key(
                content.get(),
                List.of(
                        catalog.open(order.model()).fingerprint(),
                        catalog.open("face").fingerprint(),
                        device.toString(),
                        // What is noted of the picture calls it so.
                        order.portrait(),
                        order.size().map(FrameSize::toString).orElse("")));
    }

    private AvatarLoader.Loaded prepare(LipSyncModel model, Order order) {
        final var loader = new AvatarLoader(faces(), model);
        final Supplier<@Nullable Footage> video = order.footage();
        try (Footage footage = video == null ? null : video.get()) {
            return footage == null
                    ? loader.load(order.portrait(), order.picture().get(), order.size())
                    : loader.load(order.portrait(), footage, order.size());
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the library is closed");
        }
    }

    private void giveBack(Key key) {
        final List<Shelf> emptied = new ArrayList<>();
        synchronized (shelves) {
            final Shelf shelf = shelves.remove(key);
            if (shelf == null) {
                return;
            }
            shelf.borrowed--;
            if (shelf.borrowed == 0 && (shelf.avatar.isEmpty() || closed)) {
                emptied.add(shelf);
            } else {
                shelves.put(key, shelf);
            }
            int unused = 0;
            for (final Shelf each : shelves.values()) {
                unused += each.borrowed == 0 ? 1 : 0;
            }
            final var oldest = shelves.values().iterator();
            while (unused > MAX_UNUSED && oldest.hasNext()) {
                final Shelf each = oldest.next();
                if (each.borrowed == 0) {
                    oldest.remove();
                    emptied.add(each);
                    unused--;
                }
            }
        }
        emptied.forEach(Shelf::clear);
    }

    /** Frees what nobody borrows, and the models, once what is being kept is written. Loans must have been given back. */
    @Override
    public void close() {
        closed = true;
        keeping.forEach(kept -> kept.exceptionally(error -> null).join());
        final List<Shelf> all;
        synchronized (shelves) {
            all = List.copyOf(shelves.values());
            shelves.clear();
        }
        all.forEach(Shelf::clear);
        faces.clear(FaceFinder::close);
        models.values().forEach(model -> model.clear(LipSyncModel::close));
        models.clear();
    }

    private record Key(String model, String portrait, Optional<FrameSize> size) {}

    /** An avatar's place. */
    private static final class Shelf {
        private final Once<AvatarLoader.Loaded> avatar = new Once<>();

        // Guarded by the library's map.
        private int borrowed;

        void clear() {
            avatar.clear(loaded -> loaded.avatar().close());
        }
    }

    /** Something made by the first who asks, while others wait; where that fails, the next tries again. */
    private static final class Once<T> {
        private @Nullable T made;

        synchronized T get(Supplier<T> maker) {
            T result = made;
            if (result == null) {
                result = maker.get();
                made = result;
            }
            return result;
        }

        synchronized boolean isEmpty() {
            return made == null;
        }

        synchronized void clear(Consumer<T> closer) {
            final T result = made;
            made = null;
            if (result != null) {
                closer.accept(result);
            }
        }
    }

    /** An avatar in use. Closing gives it back. */
    public static final class Loan implements AutoCloseable {
        private final AvatarLibrary library;
        private final Key key;
        private final LipSyncModel model;
        private final AvatarLoader.Loaded made;
        private final AtomicBoolean returned = new AtomicBoolean();

        private Loan(AvatarLibrary library, Key key, LipSyncModel model, AvatarLoader.Loaded made) {
            this.library = library;
            this.key = key;
            this.model = model;
            this.made = made;
        }

        public LipSyncModel model() {
            return model;
        }

        public Avatar avatar() {
            return made.avatar();
        }

        /** One line each, what its maker should know: such as which of several faces was taken. */
        public List<String> notes() {
            return made.notes();
        }

        @Override
        public void close() {
            if (returned.compareAndSet(false, true)) {
                library.giveBack(key);
            }
        }
    }
}
