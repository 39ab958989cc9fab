package dev.mouthpiece.model.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.mouthpiece.device.DeviceException;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.cuda.Cuda;
import dev.mouthpiece.device.warp.WarpTexture;
import dev.mouthpiece.model.Manifest.IdentityTensor;
import dev.mouthpiece.model.ModelException;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The identity tensors of all avatars of one patch size, side by side, a slot each.
 *
 * <p>Nobody writes tensors that an inference thread may be reading: adding an avatar builds new ones, in whole, and
 * publishes them; batches in flight keep those that they began with, and the last of them frees them. So a batch sees
 * each slot either before or after a change, never in between. A slot stays where it is as long as its avatar lives.
 *
 * <pre>
 *   capacity 4    | avatar | avatar |  (free: repeats the newest) |  avatar |
 *   slot              0        1                 2                     3
 * </pre>
 *
 * <p>Capacity is the power of two that the highest slot in use needs, so that renderers meet few shapes. {@link #add} and
 * {@link #remove} lock against each other; {@link #lease} never waits.
 */
final class IdentityBank implements AutoCloseable {
    /** Far beyond what a device's memory holds. */
    static final int MAX_SLOTS = 1024;

    /** Of a GPU's memory that is free when an avatar comes, so much may the bank's next state take: both stand for a moment. */
    private static final double FREE_SHARE = 0.5;

    private final String name;
    private final List<IdentityTensor> tensors;
    private final DeviceKind device;
    private final @Nullable Function<NDList, WarpTexture> packing;
    private final BitSet used = new BitSet();
    private volatile @Nullable Snapshot current;

    /**
     * @param name for messages
     * @param tensors what an identity consists of
     * @param packing makes what a warp is drawn with out of an identity; null where nothing is drawn so
     */
    IdentityBank(
            String name,
            List<IdentityTensor> tensors,
            DeviceKind device,
            @Nullable Function<NDList, WarpTexture> packing) {
        this.name = name;
        this.tensors = tensors;
        this.device = device;
        this.packing = packing;
    }

    /**
     * Adds an avatar.
     *
     * @param identity its tensors; copied
     * @return its slot, the lowest that is free
     * @throws ModelException if the tensors do not fit those of the other avatars, or no slot is left
     */
    synchronized int add(NDList identity) {
        final int slot = used.nextClearBit(0);
        if (slot >= MAX_SLOTS) {
            throw new ModelException(name + " has no slot left for another avatar: slots=" + MAX_SLOTS);
        }
        if (identity.size() != tensors.size()) {
            throw new ModelException(name + " must give the tensors that render.identity lists: expected "
                    + tensors.size() + ", got " + identity.size());
        }
        final Snapshot before = current;
        checkRoom(identity, Integer.highestOneBit(2 * Math.max(slot, used.length() - 1) + 1));
        final int highest = Math.max(slot, used.length() - 1);
        final WarpTexture texture = packing == null ? null : packing.apply(identity);
        final Snapshot after = before == null
                ? Snapshot.ofOne(device, identity, texture)
                : before.with(slot, identity, texture, Integer.highestOneBit(2 * highest + 1), used, this);
        used.set(slot);
        if (device == DeviceKind.CUDA) {
            // The new state was made on this thread's stream; batches run on others.
            Cuda.device().synchronize();
        }
        publish(after);
        return slot;
    }

    private void checkRoom(NDList identity, int capacity) {
        if (device != DeviceKind.CUDA) {
            return;
        }
        long bytes = 0;
        for (final NDArray tensor : identity) {
            bytes += tensor.size() * tensor.getDataType().getNumOfBytes();
        }
        final long free = Cuda.device().memory().free();
        if (bytes * capacity > free * FREE_SHARE) {
            throw new DeviceException(
                    DeviceException.Fault.MEMORY,
                    name + ": no device memory for another avatar: wanted=" + bytes * capacity + " free=" + free);
        }
    }

    /** One avatar's tensors as DJL writes lists of them. */
    byte[] bytes(int slot) {
        final Snapshot now = lease();
        try (PtNDManager views = TorchEngine.newManager(device)) {
            final NDList one = new NDList(tensors.size());
            for (int i = 0; i < tensors.size(); i++) {
                final NDList slots =
                        now.tensors.get(i).split(now.capacity, tensors.get(i).dim());
                slots.attach(views);
                // A slice along an inner dimension is not contiguous.
                final NDArray copy = slots.get(slot).duplicate();
                copy.attach(views);
                one.add(copy);
            }
            return one.encode();
        } finally {
            now.release();
        }
    }

    /** Frees an avatar's slot. Its memory goes with the next change, or at once where it was the last avatar. */
    synchronized void remove(int slot) {
        used.clear(slot);
        if (used.isEmpty()) {
            publish(null);
        }
    }

    private void publish(@Nullable Snapshot after) {
        final Snapshot before = current;
        current = after;
        if (before != null) {
            before.release();
        }
    }

    /** Avatars that have a slot. */
    synchronized int size() {
        return used.cardinality();
    }

    /** Slots that the tensors have room for. */
    int capacity() {
        final Snapshot now = current;
        return now == null ? 0 : now.capacity;
    }

    /**
     * The tensors as they are now, to be released after use.
     *
     * @throws IllegalStateException if there is no avatar
     */
    Snapshot lease() {
        while (true) {
            final Snapshot now = current;
            if (now == null) {
                throw new IllegalStateException(name + " has no avatar");
            }
            if (now.tryLease()) {
                return now;
            }
            // It was replaced and freed since it was read: the next one is there already.
        }
    }

    @Override
    public synchronized void close() {
        used.clear();
        publish(null);
    }

    /** One state of the bank, immutable. */
    static final class Snapshot {
        private final PtNDManager manager;
        private final int capacity;
        private final NDList tensors;
        private final IValue[] values;
        /** What warps are drawn with, a slot each; nulls where nothing is drawn so. */
        private final @Nullable WarpTexture[] textures;
        /** Leases, and one for being the current state. */
        private final AtomicInteger leases = new AtomicInteger(1);

        /**
         * @param tensors of {@code manager}, which this snapshot closes at its end
         */
        private Snapshot(PtNDManager manager, int capacity, NDList tensors, @Nullable WarpTexture[] textures) {
            this.manager = manager;
            this.capacity = capacity;
            this.tensors = tensors;
            this.textures = textures;
            this.values = new IValue[tensors.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = IValue.from((PtNDArray) tensors.get(i));
            }
        }

        static Snapshot ofOne(DeviceKind device, NDList identity, @Nullable WarpTexture texture) {
            final PtNDManager manager = TorchEngine.newManager(device);
            final NDList copies = new NDList(identity.size());
            for (NDArray tensor : identity) {
                final NDArray copy = tensor.duplicate();
                copy.attach(manager);
                copies.add(copy);
            }
            return new Snapshot(manager, 1, copies, new @Nullable WarpTexture[] {texture});
        }

        /** This state with another avatar in {@code slot}, which {@code used} does not hold yet. */
        Snapshot with(
                int slot,
                NDList identity,
                @Nullable WarpTexture texture,
                int newCapacity,
                BitSet used,
                IdentityBank bank) {
            final PtNDManager newManager = TorchEngine.newManager(bank.device);
            try (NDManager views = newManager.newSubManager()) {
                final NDList joined = new NDList(tensors.size());
                for (int i = 0; i < tensors.size(); i++) {
                    final int dim = bank.tensors.get(i).dim();
                    final NDList slots = tensors.get(i).split(capacity, dim);
                    slots.attach(views);
                    bank.checkShape(i, slots.get(0), identity.get(i));
                    final NDList pieces = new NDList(newCapacity);
                    for (int j = 0; j < newCapacity; j++) {
                        pieces.add(used.get(j) ? slots.get(j) : identity.get(i));
                    }
                    final NDArray tensor = NDArrays.concat(pieces, dim);
                    tensor.attach(newManager);
                    joined.add(tensor);
                }
                final var newTextures = new @Nullable WarpTexture[newCapacity];
                for (int j = 0; j < newCapacity; j++) {
                    newTextures[j] = used.get(j) ? textures[j] : texture;
                }
                return new Snapshot(newManager, newCapacity, joined, newTextures);
            } catch (RuntimeException e) {
                newManager.close();
                throw e;
            }
        }

        /** The tensors as a module's arguments, in the manifest's order. */
        IValue[] values() {
            return values;
        }

        /**
         * What an avatar's warps are drawn with.
         *
         * @throws IllegalArgumentException if there is no such slot
         */
        WarpTexture texture(long slot) {
            final WarpTexture texture = slot >= 0 && slot < capacity ? textures[(int) slot] : null;
            if (texture == null) {
                throw new IllegalArgumentException("no avatar has this slot: " + slot);
            }
            return texture;
        }

        private boolean tryLease() {
            int count = leases.get();
            while (count > 0) {
                if (leases.compareAndSet(count, count + 1)) {
                    return true;
                }
                count = leases.get();
            }
            return false;
        }

        /** Gives a lease back. The last one frees the tensors. */
        void release() {
            if (leases.decrementAndGet() == 0) {
                for (IValue value : values) {
                    value.close();
                }
                manager.close();
            }
        }
    }

    private void checkShape(int index, NDArray known, NDArray added) {
        if (!known.getShape().equals(added.getShape()) || known.getDataType() != added.getDataType()) {
            throw new ModelException(name + " must give every avatar the same shapes: "
                    + tensors.get(index).name() + " is " + added.getDataType() + added.getShape() + ", before it was "
                    + known.getDataType() + known.getShape());
        }
    }
}
