package dev.mouthpiece.worker.avatar;

import dev.mouthpiece.device.PatchPlace;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.model.IdentityKeeper;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.worker.media.frame.AvatarFrame;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A prepared avatar as bytes:
 *
 * <pre>
 *   int    magic and version
 *   int    notes, and each as modified UTF-8
 *   int    width, height; byte[3*width*height] the frame at rest, RGB
 *   place  boolean exact; int x, y (exact) or float ux, uy, u0, vx, vy, v0, feather
 *   int    patch size; int n; byte[n] the identity, as the model keeps it
 *   byte[32] SHA-256 of all before
 * </pre>
 */
final class AvatarFile {
    private static final int MAGIC = 0x4D504131;
    private static final int DIGEST_BYTES = 32;
    private static final int MAX_SIDE = 8192;

    private AvatarFile() {}

    /** @param loaded of one picture */
    static byte[] bytes(AvatarLoader.Loaded loaded, IdentityKeeper model) throws IOException {
        final var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            out.writeInt(MAGIC);
            out.writeInt(loaded.notes().size());
            for (final String note : loaded.notes()) {
                out.writeUTF(note);
            }
            final AvatarFrame frame = loaded.avatar().loop().getFirst();
            final byte[] rgb = new byte[frame.still().rgb().capacity()];
            frame.still().rgb().get(0, rgb);
            out.writeInt(frame.still().width());
            out.writeInt(frame.still().height());
            out.write(rgb);
            write(out, frame.place());
            final LipSyncModel.Identity identity = loaded.avatar().identity();
            final byte[] kept = model.keep(identity);
            out.writeInt(identity.patchSize());
            out.writeInt(kept.length);
            out.write(kept);
            out.write(AvatarCache.newDigest().digest(bytes.toByteArray()));
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, PatchPlace place) throws IOException {
        out.writeBoolean(place.isExact());
        if (place.isExact()) {
            out.writeInt(place.x());
            out.writeInt(place.y());
            return;
        }
        for (final float number :
                new float[] {place.ux(), place.uy(), place.u0(), place.vx(), place.vy(), place.v0(), place.feather()}) {
            out.writeFloat(number);
        }
    }

    /**
     * @throws IOException if the bytes are not what was written
     * @throws dev.mouthpiece.model.ModelException if the model does not take its identity back
     */
    static AvatarLoader.Loaded read(byte[] file, IdentityKeeper model) throws IOException {
        final int end = file.length - DIGEST_BYTES;
        final MessageDigest digest = AvatarCache.newDigest();
        if (end > 0) {
            digest.update(file, 0, end);
        }
        if (end <= 0 || !Arrays.equals(digest.digest(), Arrays.copyOfRange(file, end, file.length))) {
            throw new IOException("it is damaged");
        }
        try (var in = new DataInputStream(new ByteArrayInputStream(file, 0, end))) {
            if (in.readInt() != MAGIC) {
                throw new IOException("it is of another version");
            }
            final List<String> notes = new ArrayList<>();
            for (int left = in.readInt(); left > 0; left--) {
                notes.add(in.readUTF());
            }
            final StillFrame still = still(in);
            final PatchPlace place = place(in);
            final int patchSize = in.readInt();
            final byte[] kept = in.readNBytes(in.readInt());
            return new AvatarLoader.Loaded(
                    new Avatar(still, model.restore(patchSize, kept), place), List.copyOf(notes));
        }
    }

    private static StillFrame still(DataInputStream in) throws IOException {
        final int width = in.readInt();
        final int height = in.readInt();
        if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
            throw new IOException("its picture has an absurd size: " + width + "x" + height);
        }
        final ByteBuffer rgb = ByteBuffer.allocateDirect(3 * width * height);
        rgb.put(0, in.readNBytes(rgb.capacity()));
        return new StillFrame(width, height, rgb);
    }

    private static PatchPlace place(DataInputStream in) throws IOException {
        if (in.readBoolean()) {
            return PatchPlace.at(in.readInt(), in.readInt());
        }
        return PatchPlace.mapped(
                in.readFloat(),
                in.readFloat(),
                in.readFloat(),
                in.readFloat(),
                in.readFloat(),
                in.readFloat(),
                in.readFloat());
    }
}
