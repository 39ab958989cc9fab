package dev.mouthpiece.model.djl;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDManager;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.ModelException;
import dev.mouthpiece.model.ModelPackage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;

/** The arrays of a golden file, by name, as plain Java. */
public final class GoldenArchive {
    private final String name;
    private final Map<String, Array> arrays;

    private GoldenArchive(String name, Map<String, Array> arrays) {
        this.name = name;
        this.arrays = arrays;
    }

    /**
     * Reads a NumPy archive of a package, after a look at its hash.
     *
     * @throws ModelException if it is damaged or no archive of u8 and f32 arrays
     */
    public static GoldenArchive read(ModelPackage files, String file) {
        try (PtNDManager manager = TorchEngine.newManager(DeviceKind.CPU)) {
            final Map<String, Array> arrays = new HashMap<>();
            for (NDArray array : NDList.decode(manager, Files.readAllBytes(files.file(file)))) {
                arrays.put(array.getName(), array(array));
            }
            return new GoldenArchive(file, Map.copyOf(arrays));
        } catch (IOException e) {
            throw new ModelException(file + " cannot be read: " + e.getMessage(), e);
        } catch (IllegalArgumentException | EngineException | UnsupportedOperationException e) {
            throw new ModelException(file + " is no archive of NumPy arrays: " + e.getMessage(), e);
        }
    }

    private static Array array(NDArray array) {
        final ByteBuffer view = array.toByteBuffer(true);
        final ByteBuffer copy = ByteBuffer.allocateDirect(view.capacity()).order(view.order());
        copy.put(0, view, 0, view.capacity());
        return new Array(
                copy, array.getDataType() == DataType.FLOAT32, array.getShape().getShape());
    }

    /**
     * An array of bytes.
     *
     * @throws ModelException if the archive has none of this name
     */
    public ByteBuffer bytes(String array) {
        return find(array).bytes;
    }

    /**
     * An array of floats.
     *
     * @throws ModelException if the archive has none of this name
     */
    public float[] floats(String array) {
        final Array found = find(array);
        if (!found.isFloat) {
            throw new ModelException(name + ": " + array + " must be f32");
        }
        final float[] floats = new float[found.bytes.capacity() / Float.BYTES];
        found.bytes.asFloatBuffer().get(0, floats);
        return floats;
    }

    /** Elements along a dimension of an array. */
    public int size(String array, int dimension) {
        final long[] shape = find(array).shape;
        if (dimension >= shape.length) {
            throw new ModelException(name + ": " + array + " must have more than " + shape.length + " dimensions");
        }
        return Math.toIntExact(shape[dimension]);
    }

    private Array find(String array) {
        final Array found = arrays.get(array);
        if (found == null) {
            throw new ModelException(name + " has no array " + array);
        }
        return found;
    }

    private record Array(ByteBuffer bytes, boolean isFloat, long[] shape) {}
}
