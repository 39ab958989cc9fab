package dev.mouthpiece.device;

/**
 * BT.601 in limited range, in whole numbers: ITU-R BT.601-7 §2.5 (luma weights 0.299, 0.587, 0.114; Y in 16..235, chroma
 * in 16..240 around 128), its coefficients scaled by 2^16 and rounded. The result is the exact value rounded to the
 * nearest, but for ties within 0.003. A device's twin of an operation uses the same numbers and so gives the same bytes.
 *
 * <p>The chroma weights of a row sum up to 0, so that every grey has chroma 128.
 */
final class Bt601 {
    static final int Y_R = 16829;
    static final int Y_G = 33039;
    static final int Y_B = 6416;
    static final int Y_OFFSET = (16 << 16) + (1 << 15);

    static final int U_R = -9714;
    static final int U_G = -19070;
    static final int U_B = 28784;
    static final int V_R = 28784;
    static final int V_G = -24103;
    static final int V_B = -4681;
    /** Chroma takes sums of four pixels: two bits more. */
    static final int CHROMA_SHIFT = 18;

    static final int CHROMA_OFFSET = (128 << CHROMA_SHIFT) + (1 << (CHROMA_SHIFT - 1));

    private Bt601() {}

    /** Y, 16..235, of a pixel, each 0..255. */
    static int y(int r, int g, int b) {
        return (Y_R * r + Y_G * g + Y_B * b + Y_OFFSET) >> 16;
    }

    /** U, 16..240, of a block's four pixels; each argument is their sum, 0..1020. */
    static int u(int r, int g, int b) {
        return (U_R * r + U_G * g + U_B * b + CHROMA_OFFSET) >> CHROMA_SHIFT;
    }

    /** V, 16..240, of a block's four pixels; each argument is their sum, 0..1020. */
    static int v(int r, int g, int b) {
        return (V_R * r + V_G * g + V_B * b + CHROMA_OFFSET) >> CHROMA_SHIFT;
    }
}
