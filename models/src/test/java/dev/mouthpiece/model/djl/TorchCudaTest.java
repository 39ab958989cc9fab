package dev.mouthpiece.model.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.mouthpiece.device.DeviceException.Fault;
import dev.mouthpiece.device.DeviceKind;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** What can be seen of libtorch's C interface without a GPU. */
class TorchCudaTest {
    @Test
    void shouldFindATensorsNumbersWhereTheyAre() {
        final ByteBuffer bytes = ByteBuffer.allocateDirect(24);
        try (PtNDManager manager = TorchEngine.newManager(DeviceKind.CPU);
                PtNDArray tensor = manager.create(bytes, new Shape(2, 3), DataType.FLOAT32)) {
            assertThat(TorchCuda.address(tensor))
                    .isEqualTo(MemorySegment.ofBuffer(bytes).address());
        }
    }

    @Test
    void shouldTellRowsAfterRowsFromATensorWithGaps() {
        try (PtNDManager manager = TorchEngine.newManager(DeviceKind.CPU);
                PtNDArray tensor = (PtNDArray) manager.create(new float[6], new Shape(2, 3));
                PtNDArray turned = tensor.transpose();
                PtNDArray row = (PtNDArray) manager.create(new float[3], new Shape(1, 3))) {
            assertThat(TorchCuda.isContiguous(tensor)).isTrue();
            assertThat(TorchCuda.isContiguous(turned)).isFalse();
            assertThat(TorchCuda.isContiguous(row)).isTrue();
        }
    }

    @Test
    void shouldKnowWhatAFailureMeansForTheDevice() {
        assertThat(TorchCuda.faultOf("CUDA out of memory. Tried to allocate 2.00 GiB"))
                .isEqualTo(Fault.MEMORY);
        assertThat(TorchCuda.faultOf("CUDA error: an illegal memory access was encountered"))
                .isEqualTo(Fault.LOST);
        assertThat(TorchCuda.faultOf("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"))
                .isEqualTo(Fault.LOST);
        assertThat(TorchCuda.faultOf("The size of tensor a (3) must match")).isNull();
    }
}
