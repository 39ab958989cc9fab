package dev.mouthpiece.worker.rtc;

/**
 * Which sockets a peer opens and which address it tells.
 *
 * @param minPort first UDP port, 0 for any
 * @param maxPort last UDP port, 0 for any; each peer takes one port per address
 * @param adapters whether to look for network interfaces; without, one socket for any address is opened, and only an
 *     announced address tells the other side where it is
 * @param tcp whether candidates for TCP are gathered too (they come 100 ms later)
 * @param announcedAddress told in answers beside each UDP port of ours: what a NAT or a container's host maps to us;
 *     empty for none
 */
public record NetworkConfig(int minPort, int maxPort, boolean adapters, boolean tcp, String announcedAddress) {
    /** Every interface, any port, UDP and TCP. */
    public static final NetworkConfig DEFAULT = new NetworkConfig(0, 0, true, true, "");

    public NetworkConfig {
        if (minPort < 0 || maxPort > 65_535 || minPort > maxPort || (minPort == 0 && maxPort != 0)) {
            throw new IllegalArgumentException(
                    "ports must be 0 and 0, or a range within 1..65535: " + minPort + ".." + maxPort);
        }
        if (!announcedAddress.matches("[0-9A-Fa-f.:]*")) {
            throw new IllegalArgumentException("announcedAddress must be an IP address: " + announcedAddress);
        }
    }
}
