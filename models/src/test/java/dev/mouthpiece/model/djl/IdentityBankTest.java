package dev.mouthpiece.model.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.Manifest.IdentityTensor;
import dev.mouthpiece.model.ModelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Avatars here are two small tensors filled with one number. */
class IdentityBankTest {
    private static final int ROWS = 2;
    private static final int COLUMNS = 3;

    private final PtNDManager manager = TorchEngine.newManager(DeviceKind.CPU);
    private final IdentityBank bank = new IdentityBank(
            "test", List.of(new IdentityTensor("a", 0), new IdentityTensor("b", 1)), DeviceKind.CPU, null);

    @AfterEach
    void close() {
        bank.close();
        manager.close();
    }

    @Test
    void shouldKeepEachAvatarInItsSlotWhenBankGrows() {
        final List<Integer> capacities = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            assertThat(add(i + 1)).isEqualTo(i);
            capacities.add(bank.capacity());
        }

        assertThat(capacities).containsExactly(1, 2, 4, 4, 8);
        assertThat(contents()).startsWith(1, 2, 3, 4, 5);
    }

    @Test
    void shouldUseFreedSlotAgainAndLeaveOthersAlone() {
        for (int i = 0; i < 4; i++) {
            add(i + 1);
        }
        bank.remove(1);

        assertThat(add(9)).isEqualTo(1);
        assertThat(contents()).containsExactly(1, 9, 3, 4);
    }

    @Test
    void shouldShrinkWhenHighSlotsAreFree() {
        for (int i = 0; i < 8; i++) {
            add(i + 1);
        }
        for (int slot = 1; slot < 8; slot++) {
            bank.remove(slot);
        }

        add(7);

        assertThat(bank.capacity()).isEqualTo(2);
        assertThat(contents()).containsExactly(1, 7);
    }

    @Test
    void shouldHoldNothingWhenLastAvatarGoes() {
        add(1);
        bank.remove(0);

        assertThat(bank.capacity()).isZero();
        assertThat(bank.size()).isZero();
        assertThatThrownBy(bank::lease).isInstanceOf(IllegalStateException.class);
        assertThat(add(2)).isZero();
        assertThat(contents()).containsExactly(2);
    }

    @Test
    void shouldKeepLeasedTensorsWhenBankMovesOn() {
        add(1);
        final IdentityBank.Snapshot lease = bank.lease();
        add(2);
        bank.remove(0);
        bank.remove(1);

        assertThat(contents(lease)).containsExactly(1);
        lease.release();
        assertThatThrownBy(() -> lease.values()[0].isTensor()).isInstanceOf(RuntimeException.class);
    }

    @Test
    void shouldRefuseAvatarAndStayAsItWasWhenShapesDiffer() {
        add(1);
        final NDList other =
                new NDList(manager.ones(new Shape(ROWS, COLUMNS + 1)), manager.ones(new Shape(COLUMNS, ROWS)));

        assertThatThrownBy(() -> bank.add(other))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("a is float32(2, 4), before it was float32(2, 3)");
        assertThatThrownBy(() -> bank.add(new NDList(manager.ones(new Shape(1)))))
                .hasMessageContaining("expected 2, got 1");
        assertThat(bank.size()).isOne();
        assertThat(contents()).containsExactly(1);
    }

    @Test
    void shouldShowEachLeaseAWholeStateWhenAvatarsComeAndGo() {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        add(1);
        final AtomicBoolean done = new AtomicBoolean();
        final List<CompletableFuture<Void>> readers = IntStream.range(0, 2)
                .mapToObj(i -> CompletableFuture.runAsync(() -> {
                    while (!done.get()) {
                        final IdentityBank.Snapshot lease = bank.lease();
                        // Slot 0 stays; every tensor of a state has the same avatars.
                        assertThat(contents(lease)[0]).isOne();
                        lease.release();
                    }
                }))
                .toList();
        try {
            final List<Integer> slots = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                if (slots.isEmpty() || (random.nextInt(5) < 3 && slots.size() < 12)) {
                    slots.add(add(i + 2));
                } else {
                    bank.remove(slots.remove(random.nextInt(slots.size())));
                }
            }
        } finally {
            done.set(true);
        }
        try {
            readers.forEach(CompletableFuture::join);
        } catch (RuntimeException e) {
            throw new AssertionError("seed=" + seed, e);
        }
    }

    private int add(float value) {
        try (NDArray a = manager.full(new Shape(ROWS, COLUMNS), value);
                NDArray b = manager.full(new Shape(COLUMNS, ROWS), value)) {
            return bank.add(new NDList(a, b));
        }
    }

    private float[] contents() {
        final IdentityBank.Snapshot lease = bank.lease();
        try {
            return contents(lease);
        } finally {
            lease.release();
        }
    }

    /** What each slot is filled with; both tensors agree, and each slot is of one number. */
    private static float[] contents(IdentityBank.Snapshot lease) {
        try (PtNDManager own = TorchEngine.newManager(DeviceKind.CPU)) {
            final NDArray a = lease.values()[0].toTensor(own);
            final NDArray b = lease.values()[1].toTensor(own).transpose();
            final int capacity = Math.toIntExact(a.getShape().get(0) / ROWS);
            final float[] first = a.toFloatArray();
            assertThat(b.toFloatArray()).isEqualTo(first);
            final float[] slots = new float[capacity];
            for (int i = 0; i < first.length; i++) {
                slots[i / (ROWS * COLUMNS)] = first[i];
                assertThat(first[i]).isEqualTo(first[i / (ROWS * COLUMNS) * ROWS * COLUMNS]);
            }
            return slots;
        }
    }
}
