package dev.mouthpiece.worker.avatar;

import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.model.PatchRenderer;
import dev.mouthpiece.model.SpeechEncoder;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Keeps what it is given to prepare. */
public final class FakeModel implements LipSyncModel {
    public int preparations;
    public int closed;
    final CompletableFuture<Integer> loaded = new CompletableFuture<>();
    ByteBuffer crop = ByteBuffer.allocate(0);
    float[] landmarks = {};
    float[] person = {};

    @Override
    public Manifest manifest() {
        return new Manifest(
                "fake",
                "1",
                "A fake.",
                "Apache-2.0",
                Manifest.Kind.LIPSYNC,
                "mock",
                "none",
                16_000,
                25,
                null,
                List.of(),
                TestFaces.RENDER,
                null,
                Map.of(),
                List.of(),
                Map.of());
    }

    @Override
    public void load(int patchSize) {
        loaded.complete(patchSize);
    }

    @Override
    public Identity prepare(int patchSize, ByteBuffer cropRgb, float[] landmarks, float[] person) {
        final int slot = preparations++;
        this.crop = cropRgb;
        this.landmarks = landmarks;
        this.person = person;
        return new Identity() {
            @Override
            public int patchSize() {
                return patchSize;
            }

            @Override
            public int slot() {
                return slot;
            }

            @Override
            public void close() {
                closed++;
            }
        };
    }

    @Override
    public SpeechEncoder newEncoder() {
        throw new UnsupportedOperationException();
    }

    @Override
    public PatchRenderer newRenderer(int patchSize) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
