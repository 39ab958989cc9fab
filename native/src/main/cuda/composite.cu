// Lays rendered patches over the avatars' still frames and writes I420 (BT.601, limited range): one launch for a batch, whose
// rows may belong to different sessions, avatars, frame sizes and patch sizes.
//
// The arithmetic is that of the host twin (Bt601, PatchPlace, HostCompositor), in whole numbers, so both give the same bytes.
// Compiled to PTX by ./compile; read by the test as C++ too, which is why nothing here but the thread indices is CUDA's own.

// One picture of the launch. The layout is drawn in CudaRows, which writes it.
struct Row {
    const unsigned char* still;   // interleaved RGB [height, width, 3]
    const unsigned char* plain;   // the same picture as I420
    const unsigned char* patch;   // planar RGB [3, side, side]
    unsigned char* out;           // I420, rows without padding
    int width;
    int height;
    int side;
    int exact;                    // 1: pixel by pixel, the patch's corner at (x, y); 0: through the affine map
    int x;
    int y;
    int left, top, right, bottom; // the frame's pixels that the patch may touch, right and bottom exclusive
    float ux, uy, u0;             // patch column of frame pixel (X, Y): ux*X + uy*Y + u0, centres at whole numbers
    float vx, vy, v0;
    float feather;                // patch pixels over which the border fades in
    float opacity;                // 0..1
};

static const int Y_R = 16829, Y_G = 33039, Y_B = 6416, Y_OFFSET = (16 << 16) + (1 << 15);
static const int U_R = -9714, U_G = -19070, U_B = 28784;
static const int V_R = 28784, V_G = -24103, V_B = -4681;
static const int CHROMA_SHIFT = 18, CHROMA_OFFSET = (128 << 18) + (1 << 17);

static __device__ int luma(const int* p) {
    return (Y_R * p[0] + Y_G * p[1] + Y_B * p[2] + Y_OFFSET) >> 16;
}

// How much of the patch shows at (u, v), 0..256.
static __device__ int alpha(const Row& row, float u, float v) {
    const float last = (float) row.side - 0.5f;
    float inside = u + 0.5f;
    inside = last - u < inside ? last - u : inside;
    inside = v + 0.5f < inside ? v + 0.5f : inside;
    inside = last - v < inside ? last - v : inside;
    const float share = row.feather > 0.0f && inside < row.feather ? inside / row.feather : 1.0f;
    return (int) (share * row.opacity * 256.0f + 0.5f);
}

// Bilinear, 8 bits of fraction, the patch's edge repeated.
static __device__ int sample(const unsigned char* plane, int side, float u, float v) {
    const float most = (float) (side - 1);
    const float cu = u < 0.0f ? 0.0f : u > most ? most : u;
    const float cv = v < 0.0f ? 0.0f : v > most ? most : v;
    const int c0 = (int) cu;
    const int r0 = (int) cv;
    const int c1 = c0 + 1 < side ? c0 + 1 : c0;
    const int r1 = r0 + 1 < side ? r0 + 1 : r0;
    const int fu = (int) ((cu - (float) c0) * 256.0f);
    const int fv = (int) ((cv - (float) r0) * 256.0f);
    const int above = plane[r0 * side + c0] * (256 - fu) + plane[r0 * side + c1] * fu;
    const int below = plane[r1 * side + c0] * (256 - fu) + plane[r1 * side + c1] * fu;
    return (above * (256 - fv) + below * fv + 32768) >> 16;
}

// The frame's RGB at a pixel that exists.
static __device__ void pixel(const Row& row, int x, int y, int* out) {
    const unsigned char* still = row.still + 3 * ((long long) y * row.width + x);
    const int planeBytes = row.side * row.side;
    if (row.exact) {
        const int column = x - row.x;
        const int line = y - row.y;
        if (column >= 0 && column < row.side && line >= 0 && line < row.side) {
            const unsigned char* patch = row.patch + line * row.side + column;
            out[0] = patch[0];
            out[1] = patch[planeBytes];
            out[2] = patch[2 * planeBytes];
            return;
        }
    } else {
        const float u = row.ux * (float) x + row.uy * (float) y + row.u0;
        const float v = row.vx * (float) x + row.vy * (float) y + row.v0;
        const float last = (float) row.side - 0.5f;
        if (u >= -0.5f && u < last && v >= -0.5f && v < last) {
            const int a = alpha(row, u, v);
            for (int c = 0; c < 3; c++) {
                out[c] = (sample(row.patch + c * planeBytes, row.side, u, v) * a + still[c] * (256 - a) + 128) >> 8;
            }
            return;
        }
    }
    out[0] = still[0];
    out[1] = still[1];
    out[2] = still[2];
}

// A thread makes a tile of four columns and two rows: two blocks of chroma. Grid: x over a frame's tiles, y over the rows of
// the batch. Tiles beyond a smaller frame's end do nothing.
extern "C" __global__ void composite(const Row* rows) {
    const Row& row = rows[blockIdx.y];
    const int chromaWidth = (row.width + 1) / 2;
    const int tilesAcross = (chromaWidth + 1) / 2;
    const int tile = blockIdx.x * blockDim.x + threadIdx.x;
    const int left = tile % tilesAcross * 4;
    const int top = tile / tilesAcross * 2;
    if (top >= row.height) {
        return;
    }
    const long long lumaBytes = (long long) row.width * row.height;
    const long long chromaBytes = (long long) chromaWidth * ((row.height + 1) / 2);
    const long long chroma = lumaBytes + (long long) (top / 2) * chromaWidth + left / 2;
    // Where every row begins at a multiple of four bytes, a tile's four columns are one word,
    // and its two blocks of chroma half of one.
    const bool words = (row.width & 3) == 0;
    if (words && (left >= row.right || left + 4 <= row.left || top >= row.bottom || top + 2 <= row.top)) {
        for (int line = 0; line < 2 && top + line < row.height; line++) {
            const long long at = (long long) (top + line) * row.width + left;
            *(unsigned int*) (row.out + at) = *(const unsigned int*) (row.plain + at);
        }
        *(unsigned short*) (row.out + chroma) = *(const unsigned short*) (row.plain + chroma);
        *(unsigned short*) (row.out + chromaBytes + chroma) = *(const unsigned short*) (row.plain + chromaBytes + chroma);
        return;
    }
    unsigned char y[2][4];
    unsigned char u[2];
    unsigned char v[2];
    for (int block = 0; block < 2; block++) {
        int sum[3] = {0, 0, 0};
        for (int line = 0; line < 2; line++) {
            for (int column = 0; column < 2; column++) {
                // Beyond an odd frame's edge its last column and row count twice.
                const int px = left + 2 * block + column;
                const int py = top + line;
                int rgb[3];
                pixel(row, px < row.width ? px : row.width - 1, py < row.height ? py : row.height - 1, rgb);
                y[line][2 * block + column] = (unsigned char) luma(rgb);
                for (int c = 0; c < 3; c++) {
                    sum[c] += rgb[c];
                }
            }
        }
        u[block] = (unsigned char) ((U_R * sum[0] + U_G * sum[1] + U_B * sum[2] + CHROMA_OFFSET) >> CHROMA_SHIFT);
        v[block] = (unsigned char) ((V_R * sum[0] + V_G * sum[1] + V_B * sum[2] + CHROMA_OFFSET) >> CHROMA_SHIFT);
    }
    for (int line = 0; line < 2 && top + line < row.height; line++) {
        unsigned char* target = row.out + (long long) (top + line) * row.width + left;
        if (words) {
            *(unsigned int*) target = y[line][0] | y[line][1] << 8 | y[line][2] << 16 | (unsigned int) y[line][3] << 24;
        } else {
            for (int column = 0; column < 4 && left + column < row.width; column++) {
                target[column] = y[line][column];
            }
        }
    }
    if (words) {
        *(unsigned short*) (row.out + chroma) = (unsigned short) (u[0] | u[1] << 8);
        *(unsigned short*) (row.out + chromaBytes + chroma) = (unsigned short) (v[0] | v[1] << 8);
    } else {
        for (int block = 0; block < 2 && left / 2 + block < chromaWidth; block++) {
            row.out[chroma + block] = u[block];
            row.out[chromaBytes + chroma + block] = v[block];
        }
    }
}
