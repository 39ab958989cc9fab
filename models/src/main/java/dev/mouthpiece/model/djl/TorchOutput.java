package dev.mouthpiece.model.djl;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.cuda.Cuda;
import dev.mouthpiece.device.cuda.CudaStream;
import dev.mouthpiece.device.cuda.PinnedBuffer;
import dev.mouthpiece.model.ModelException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/** The latest result of a module, large ones seen in place: the view is valid until the next one comes. Belongs to one thread. */
@SuppressWarnings("restricted") // A tensor's memory, for as long as the tensor is held.
final class TorchOutput implements AutoCloseable {
    /** More than the places in which libtorch was seen to put results of one form. */
    private static final int VIEWS = 16;
    /** Smaller results are copied: libtorch puts them in ever new places, each of which would take a view. */
    private static final int LARGE_BYTES = 64 << 10;

    /** All of it: a segment for each copy would be an object for each. */
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final PtNDManager manager;
    private final TorchModule module;
    private final boolean isOnDevice;
    /** The latest result where it was taken past DJL's objects. */
    private final TorchResult taken = new TorchResult();

    private @Nullable PtNDArray current;
    /** What a result is copied to, on a GPU, where somebody wants to see it. */
    private @Nullable PinnedBuffer copy;

    TorchOutput(TorchModule module, DeviceKind device) {
        this.manager = TorchEngine.newManager(device);
        this.module = module;
        this.isOnDevice = device == DeviceKind.CUDA;
    }

    /** What a call gives. Belongs to the output's thread. */
    static final class Form {
        private final DataType type;
        private final Shape shape;
        private final long count;
        private final int bytes;
        /** What small results are copied to. */
        private final @Nullable View copy;

        private final @Nullable View[] views = new View[VIEWS];
        private int nextView;
        private boolean seen;

        Form(DataType type, long... shape) {
            this.type = type;
            this.shape = new Shape(shape);
            this.count = this.shape.size();
            this.bytes = Math.toIntExact(count * type.getNumOfBytes());
            this.copy = bytes < LARGE_BYTES ? View.of(Arena.ofAuto().allocate(bytes, Long.BYTES)) : null;
        }

        /** libtorch takes its memory in the same few places again and again: the views of the last ones are kept. */
        private View view(long address) {
            if (copy != null) {
                MemorySegment.copy(MEMORY, address, copy.memory, 0, bytes);
                return copy.whole();
            }
            for (final View view : views) {
                if (view != null && view.memory.address() == address) {
                    return view.whole();
                }
            }
            final View made = View.of(MemorySegment.ofAddress(address).reinterpret(bytes));
            views[nextView] = made;
            nextView = (nextView + 1) % VIEWS;
            return made;
        }
    }

    /** A result as bytes and as numbers; whoever reads it reads at places of its own. */
    record View(MemorySegment memory, ByteBuffer bytes, FloatBuffer floats) {
        private static View of(MemorySegment memory) {
            final ByteBuffer bytes = memory.asByteBuffer().order(ByteOrder.nativeOrder());
            return new View(memory, bytes, bytes.asFloatBuffer());
        }

        private View whole() {
            bytes.clear();
            floats.clear();
            return this;
        }
    }

    /**
     * Runs the module on the host and takes its result, which leaves nothing on the heap; frees the one before. The first result of a
     * form is looked at closely; the same call gives the same form ever after.
     *
     * @throws ModelException if the module fails, or the result has another form
     */
    View run(TorchArguments arguments, Form form) {
        release();
        if (!form.seen) {
            try (IValue result = module.run(arguments.values())) {
                check(result, form);
            }
            form.seen = true;
        }
        module.run(arguments, taken);
        if (taken.count() != form.count) {
            throw new ModelException(module.name() + " gave " + taken.count() + " numbers where it gave " + form.count);
        }
        return form.view(taken.data());
    }

    /**
     * Takes a result from the GPU, closes it and frees the one before. The first result of a form is looked at closely; the same call
     * gives the same form ever after.
     *
     * @throws ModelException if the result has another form
     */
    ByteBuffer take(IValue result, Form form) {
        release();
        try (result) {
            if (!form.seen) {
                check(result, form);
                form.seen = true;
            }
            current = result.toTensor(manager);
            return copied(current, form);
        }
    }

    /**
     * Like {@link #take}, for a result that stays on the GPU. Its kernels may not have run yet: who reads it does so on the
     * calling thread's stream.
     *
     * @return its address
     */
    long takeOnDevice(IValue result, Form form) {
        release();
        try (result) {
            if (!form.seen) {
                check(result, form);
                form.seen = true;
            }
            current = result.toTensor(manager);
            return TorchCuda.address(current);
        }
    }

    private ByteBuffer copied(PtNDArray tensor, Form form) {
        PinnedBuffer target = copy;
        if (target == null || target.bytes().capacity() < form.bytes) {
            if (target != null) {
                target.close();
            }
            target = Cuda.device().newBuffer(form.bytes);
            copy = target;
        }
        final CudaStream stream = Cuda.device().threadStream();
        stream.copyToHost(TorchCuda.address(tensor), target, form.bytes);
        stream.synchronize();
        return target.bytes().slice(0, form.bytes).order(ByteOrder.nativeOrder());
    }

    private void check(IValue result, Form form) {
        if (!result.isTensor()) {
            throw new ModelException(module.name() + " must give one tensor: " + result.getType());
        }
        try (PtNDManager temporary = (PtNDManager) manager.newSubManager();
                PtNDArray tensor = result.toTensor(temporary)) {
            if (!tensor.getShape().equals(form.shape) || tensor.getDataType() != form.type) {
                throw new ModelException(module.name() + " must give " + form.type + form.shape + ": "
                        + tensor.getDataType() + tensor.getShape());
            }
            if (isOnDevice) {
                if (!TorchCuda.isContiguous(tensor)) {
                    throw new ModelException(module.name() + " must give a contiguous tensor");
                }
                return;
            }
            // DJL copies a tensor with gaps, and keeps the copy until its manager's end: a leak at every call.
            if (tensor.toByteBuffer(true).capacity() != form.bytes
                    || temporary.getManagedArrays().size() != 1) {
                throw new ModelException(module.name() + " must give a contiguous tensor");
            }
        }
    }

    private void release() {
        if (current != null) {
            current.close();
            current = null;
        }
        if (!taken.isEmpty()) {
            module.release(taken);
        }
    }

    @Override
    public void close() {
        release();
        if (copy != null) {
            copy.close();
        }
        manager.close();
    }
}
