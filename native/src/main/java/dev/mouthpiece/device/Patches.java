package dev.mouthpiece.device;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a renderer gave, planar RGB bytes [rows, 3, side, side], where it left it: in host memory or on the device. Valid until
 * the renderer's next call. A holder that is used again; belongs to one inference thread.
 */
public final class Patches {
    private @Nullable ByteBuffer host;
    private long address;

    /** They lie in host memory. */
    public void onHost(ByteBuffer patches) {
        host = patches;
        address = 0;
    }

    /** They lie on the device, from this address on. */
    public void onDevice(long deviceAddress) {
        host = null;
        address = deviceAddress;
    }

    /** There are none. */
    public void clear() {
        host = null;
        address = 0;
    }

    public boolean isEmpty() {
        return host == null && address == 0;
    }

    /** The bytes in host memory; null where they are on the device. */
    public @Nullable ByteBuffer host() {
        return host;
    }

    /** The device's address; 0 where they are in host memory. */
    public long address() {
        return address;
    }
}
