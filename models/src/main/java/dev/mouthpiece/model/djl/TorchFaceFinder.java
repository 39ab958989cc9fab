package dev.mouthpiece.model.djl;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.FaceFinder;
import dev.mouthpiece.model.Landmarks;
import dev.mouthpiece.model.Manifest.Face;
import dev.mouthpiece.model.ModelException;
import dev.mouthpiece.model.ModelPackage;
import java.nio.ByteBuffer;

/** A face package in libtorch. One call runs at a time, for a large picture takes much memory. */
public final class TorchFaceFinder implements FaceFinder {
    private static final int MASK_SIDE = 256;
    private static final int OUTPUTS = 5;

    private final DeviceKind device;
    private final TorchModule scan;
    private final TorchModule sample;
    private boolean closed;

    /**
     * @throws ModelException if the package finds no faces or its modules do not load
     */
    public TorchFaceFinder(ModelPackage files, DeviceKind device) {
        final Face face = files.manifest().face();
        if (face == null) {
            throw new ModelException(files.manifest().name() + " finds no faces: its kind must be face");
        }
        this.device = device;
        this.scan = TorchModule.load(files, face.file(), device);
        this.sample = TorchModule.load(files, face.sample(), device);
    }

    @Override
    public synchronized FaceScan scan(ByteBuffer rgb, int width, int height) {
        checkOpen();
        try (PtNDManager manager = TorchEngine.newManager(device);
                TorchInput image = picture(manager, rgb, width, height);
                IValue result = scan.run(image.value())) {
            final NDList outputs = result.toNDList(manager);
            if (outputs.size() != OUTPUTS) {
                throw new ModelException(scan.name() + " must give " + OUTPUTS + " tensors: " + outputs.size());
            }
            final float[] scores = floats(outputs, 1, 2);
            return new FaceScan(
                    floats(outputs, 0, Landmarks.FLOATS),
                    scores[0],
                    scores[1],
                    outputs.get(2).toFloatArray(),
                    floats(outputs, 3, MASK_SIDE * MASK_SIDE),
                    floats(outputs, 4, 4));
        }
    }

    private float[] floats(NDList outputs, int index, int length) {
        final float[] floats = outputs.get(index).toFloatArray();
        if (floats.length != length) {
            throw new ModelException(scan.name() + ": output " + index + " must have " + length + " values: "
                    + outputs.get(index).getShape());
        }
        return floats;
    }

    @Override
    public ByteBuffer sampleRgb(ByteBuffer rgb, int width, int height, float[] window, int outWidth, int outHeight) {
        final float[] levels = sampleLevels(rgb, width, height, window, outWidth, outHeight);
        final ByteBuffer out = ByteBuffer.allocateDirect(levels.length);
        for (int i = 0; i < levels.length; i++) {
            out.put(i, (byte) Math.clamp(Math.round(levels[i]), 0, 255));
        }
        return out;
    }

    /** {@link #sampleRgb} before rounding: f32 [outHeight, outWidth, 3]. */
    public synchronized float[] sampleLevels(
            ByteBuffer rgb, int width, int height, float[] window, int outWidth, int outHeight) {
        checkOpen();
        try (PtNDManager manager = TorchEngine.newManager(device);
                TorchInput image = picture(manager, rgb, width, height)) {
            return sample(manager, image, window, outWidth, outHeight, 3);
        }
    }

    @Override
    public synchronized float[] sampleMask(
            float[] mask, int width, int height, float[] window, int outWidth, int outHeight) {
        checkOpen();
        if (mask.length != width * height) {
            throw new IllegalArgumentException("mask must have width*height values: width=" + width + " height="
                    + height + " values=" + mask.length);
        }
        try (PtNDManager manager = TorchEngine.newManager(device);
                TorchInput image = new TorchInput(manager, DataType.FLOAT32, height, width, 1)) {
            image.bytes().asFloatBuffer().put(0, mask);
            image.upload();
            return sample(manager, image, window, outWidth, outHeight, 1);
        }
    }

    private float[] sample(
            PtNDManager manager, TorchInput image, float[] window, int outWidth, int outHeight, int channels) {
        if (window.length != 4 || outWidth < 1 || outHeight < 1) {
            throw new IllegalArgumentException("window must have 4 numbers, the result at least a pixel: numbers="
                    + window.length + " outWidth=" + outWidth + " outHeight=" + outHeight);
        }
        try (TorchInput box = new TorchInput(manager, DataType.FLOAT32, 4);
                IValue columns = IValue.from((long) outWidth);
                IValue rows = IValue.from((long) outHeight)) {
            box.bytes().asFloatBuffer().put(0, window);
            box.upload();
            try (IValue result = sample.run(image.value(), box.value(), columns, rows)) {
                final float[] levels = result.toTensor(manager).toFloatArray();
                if (levels.length != outWidth * outHeight * channels) {
                    throw new ModelException(
                            sample.name() + " must give [outH, outW, C]: " + levels.length + " values");
                }
                return levels;
            }
        }
    }

    private static TorchInput picture(PtNDManager manager, ByteBuffer rgb, int width, int height) {
        final int bytes = 3 * width * height;
        if (width < 1 || height < 1 || rgb.limit() != bytes) {
            throw new IllegalArgumentException("picture must have width*height*3 bytes: width=" + width + " height="
                    + height + " bytes=" + rgb.limit());
        }
        final ByteBuffer direct = rgb.isDirect() && rgb.position() == 0
                ? rgb
                : ByteBuffer.allocateDirect(bytes).put(0, rgb, 0, bytes);
        return new TorchInput(manager, direct, DataType.UINT8, height, width, 3);
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException(scan.name() + " is closed");
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            scan.close();
            sample.close();
        }
    }
}
