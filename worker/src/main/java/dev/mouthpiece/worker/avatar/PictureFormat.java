package dev.mouthpiece.worker.avatar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Optional;

/** Tells pictures apart by their first bytes, whatever their name says, and what must be known before decoding. */
enum PictureFormat {
    PNG,
    JPEG,
    WEBP;

    private static final int WEBP_ANIMATION_FLAG = 0x02;

    /** The format that the bytes begin with, if it is one that portraits may have. */
    static Optional<PictureFormat> sniff(byte[] bytes) {
        if (startsWith(bytes, 0, "\u0089PNG\r\n\u001a\n")) {
            return Optional.of(PNG);
        }
        if (startsWith(bytes, 0, "\u00ff\u00d8\u00ff")) {
            return Optional.of(JPEG);
        }
        if (startsWith(bytes, 0, "RIFF") && startsWith(bytes, 8, "WEBP")) {
            return Optional.of(WEBP);
        }
        return Optional.empty();
    }

    /** A guess at a format that portraits may not have, in words for the error. */
    static String describeUnknown(byte[] bytes) {
        if (bytes.length == 0) {
            return "is empty";
        }
        if (startsWith(bytes, 0, "GIF8")) {
            return "is a GIF picture";
        }
        if (startsWith(bytes, 4, "ftyphei")
                || startsWith(bytes, 4, "ftyphev")
                || startsWith(bytes, 4, "ftypmif1")
                || startsWith(bytes, 4, "ftypmsf1")) {
            return "is a HEIC picture";
        }
        if (startsWith(bytes, 4, "ftypavi")) {
            return "is an AVIF picture";
        }
        if (startsWith(bytes, 4, "ftyp")) {
            return "is a video";
        }
        if (startsWith(bytes, 0, "II*\0") || startsWith(bytes, 0, "MM\0*")) {
            return "is a TIFF or raw picture";
        }
        if (startsWith(bytes, 0, "%PDF")) {
            return "is a PDF document";
        }
        if (startsWith(bytes, 0, "BM")) {
            return "is a BMP picture";
        }
        if (startsWith(bytes, 0, "\0\0\0\fJXL ") || startsWith(bytes, 0, "\u00ff\n")) {
            return "is a JPEG XL picture";
        }
        final String head = new String(bytes, 0, Math.min(bytes.length, 512), ISO_8859_1);
        if (head.contains("<svg")) {
            return "is an SVG drawing";
        }
        return "is not a picture";
    }

    /** Whether the picture moves. Its first image alone is rarely the portrait that was meant. */
    boolean isAnimated(byte[] bytes) {
        return switch (this) {
            case PNG -> hasPngChunkBeforeData(bytes, "acTL");
            case WEBP -> startsWith(bytes, 12, "VP8X") && bytes.length > 20 && (bytes[20] & WEBP_ANIMATION_FLAG) != 0;
            case JPEG -> false;
        };
    }

    /** Whether fewer bytes are there than the header promises, where the header does and the decoder would not notice. */
    boolean isCutShort(byte[] bytes) {
        if (this != WEBP) {
            return false;
        }
        final long riffBytes =
                (bytes[4] & 0xffL) | (bytes[5] & 0xffL) << 8 | (bytes[6] & 0xffL) << 16 | (bytes[7] & 0xffL) << 24;
        return bytes.length < riffBytes + 8;
    }

    private static boolean hasPngChunkBeforeData(byte[] bytes, String type) {
        int at = 8;
        while (at + 8 <= bytes.length) {
            if (startsWith(bytes, at + 4, type)) {
                return true;
            }
            if (startsWith(bytes, at + 4, "IDAT")) {
                return false;
            }
            final int length = (bytes[at] & 0xff) << 24
                    | (bytes[at + 1] & 0xff) << 16
                    | (bytes[at + 2] & 0xff) << 8
                    | (bytes[at + 3] & 0xff);
            if (length < 0 || length > bytes.length - at - 12) {
                return false;
            }
            at += length + 12;
        }
        return false;
    }

    private static boolean startsWith(byte[] bytes, int offset, String text) {
        if (bytes.length < offset + text.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if ((bytes[offset + i] & 0xff) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
