package dev.mouthpiece.worker.api;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** Tells addresses of the open internet from those inside a house: a stranger's URL must not make us ask our own neighbours. Stateless. */
final class PublicAddresses {
    private static final int[][] NOT_PUBLIC_V4 = {
        // First byte, second byte (-1 for any), how many bits of the second count.
        {0, -1, 0}, {10, -1, 0}, {100, 64, 2}, {127, -1, 0}, {169, 254, 8}, {172, 16, 4}, {192, 168, 8}, {198, 18, 7}
    };
    private static final int FIRST_MULTICAST = 224;

    private PublicAddresses() {}

    static boolean contains(InetAddress address) {
        return switch (address) {
            case Inet4Address v4 -> isPublic(v4.getAddress());
            case Inet6Address v6 -> isPublic(v6);
            default -> false;
        };
    }

    private static boolean isPublic(Inet6Address address) {
        final byte[] bytes = address.getAddress();
        if (startsWith(bytes, 0x00, 0x64, 0xff, 0x9b)) {
            return isEmbeddedPublic(bytes, 12);
        }
        if (startsWith(bytes, 0x20, 0x02)) {
            return isEmbeddedPublic(bytes, 2);
        }
        // 2000::/3 is what is given out; in it, documentation and Teredo are not for us.
        return (bytes[0] & 0xe0) == 0x20
                && !startsWith(bytes, 0x20, 0x01, 0x0d, 0xb8)
                && !startsWith(bytes, 0x20, 0x01, 0, 0);
    }

    private static boolean startsWith(byte[] bytes, int... start) {
        for (int i = 0; i < start.length; i++) {
            if ((bytes[i] & 0xff) != start[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isEmbeddedPublic(byte[] bytes, int from) {
        try {
            return contains(InetAddress.getByAddress(Arrays.copyOfRange(bytes, from, from + 4)));
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static boolean isPublic(byte[] v4) {
        final int first = v4[0] & 0xff;
        final int second = v4[1] & 0xff;
        for (final int[] range : NOT_PUBLIC_V4) {
            final int shift = 8 - range[2];
            if (first == range[0] && (range[1] < 0 || second >> shift == range[1] >> shift)) {
                return false;
            }
        }
        final boolean isSpecial192 = first == 192 && second == 0 && ((v4[2] & 0xff) == 0 || (v4[2] & 0xff) == 2);
        return first < FIRST_MULTICAST && !isSpecial192;
    }
}
