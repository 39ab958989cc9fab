// A CUDA driver for tests, without a GPU: the part of the driver API that the CUDA room calls, over host memory, with our
// kernel compiled as C++. It is as awkward as a real one may be: what a stream is given is done when somebody waits for it
// and not before, and pinned memory has another address for the device than for the host.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <vector>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct Index { unsigned x, y, z; };
static thread_local Index blockIdx, blockDim, threadIdx;
#define __device__
#define __global__
#include "composite.cu"

typedef unsigned long long Address;
enum { SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NOT_INITIALIZED = 3, INVALID_DEVICE = 101, INVALID_CONTEXT = 201, NOT_READY = 600, LAUNCH_FAILED = 719 };

struct Stream { std::vector<std::function<void()>> pending; };
struct Event { Stream* recorded; timespec at; };  // at: when the stream came to it

static std::recursive_mutex lock;
static thread_local void* current;
static int context, module_, function;
static int retained;
static size_t memoryLeft = 64u << 20;
static std::map<Address, size_t> allocated;
static std::map<void*, std::pair<void*, size_t>> pinned;
static std::vector<Stream*> streams;
static int failure;  // what every call says from now on: errors of a lost context stay

static void drain(Stream* stream) {
    for (auto& task : stream->pending) task();
    stream->pending.clear();
}
// Freeing waits for whatever may still use the memory, as the real driver does.
static void drainAll() { for (Stream* stream : streams) drain(stream); }

#define ENTER std::lock_guard<std::recursive_mutex> guard(lock); if (failure) return failure;
#define CONTEXT ENTER if (current != &context) return INVALID_CONTEXT;

extern "C" {
// For the tests.
void twin_fail(int code) { std::lock_guard<std::recursive_mutex> guard(lock); failure = code; }
void twin_memory(long long bytes) { std::lock_guard<std::recursive_mutex> guard(lock); memoryLeft = (size_t) bytes; }
long long twin_allocations() { std::lock_guard<std::recursive_mutex> guard(lock); return (long long) (allocated.size() + pinned.size()); }

int cuInit(unsigned) { ENTER return SUCCESS; }
int cuDeviceGetCount(int* count) { ENTER *count = 1; return SUCCESS; }
int cuDeviceGet(int* device, int ordinal) { ENTER if (ordinal) return INVALID_DEVICE; *device = 0; return SUCCESS; }
int cuDeviceGetName(char* name, int length, int) { ENTER strncpy(name, "Test twin", (size_t) length); return SUCCESS; }
int cuDevicePrimaryCtxRetain(void** result, int) { ENTER retained++; *result = &context; return SUCCESS; }
int cuDevicePrimaryCtxRelease_v2(int) { ENTER retained--; return SUCCESS; }
int cuCtxSetCurrent(void* given) { ENTER current = given; return SUCCESS; }
int cuCtxSynchronize() { CONTEXT drainAll(); return SUCCESS; }
int cuMemGetInfo_v2(size_t* free, size_t* total) { CONTEXT *free = memoryLeft; *total = 64u << 20; return SUCCESS; }
int cuModuleLoadData(void** result, const void* image) {
    CONTEXT
    if (!strstr((const char*) image, ".visible .entry composite(")) return INVALID_VALUE;
    *result = &module_;
    return SUCCESS;
}
int cuModuleUnload(void*) { CONTEXT return SUCCESS; }
int cuModuleGetFunction(void** result, void*, const char* name) {
    CONTEXT
    if (strcmp(name, "composite")) return 500;
    *result = &function;
    return SUCCESS;
}
int cuStreamCreate(Stream** result, unsigned) { CONTEXT *result = new Stream(); streams.push_back(*result); return SUCCESS; }
int cuEventCreate(Event** result, unsigned) { CONTEXT *result = new Event(); return SUCCESS; }
int cuEventRecord(Event* event, Stream* stream) {
    CONTEXT
    event->recorded = stream;
    event->at = {0, 0};
    stream->pending.push_back([=] { clock_gettime(CLOCK_MONOTONIC, &event->at); });
    return SUCCESS;
}
int cuEventDestroy_v2(Event* event) { ENTER drainAll(); delete event; return SUCCESS; }
int cuEventElapsedTime(float* ms, Event* from, Event* to) {
    CONTEXT
    if (from->at.tv_sec == 0 || to->at.tv_sec == 0) return NOT_READY;
    *ms = (float) ((double) (to->at.tv_sec - from->at.tv_sec) * 1e3 + (double) (to->at.tv_nsec - from->at.tv_nsec) / 1e6);
    return SUCCESS;
}
int cuEventSynchronize(Event* event) {
    CONTEXT
    drain(event->recorded);
    return SUCCESS;
}
int cuMemAlloc_v2(Address* result, size_t bytes) {
    CONTEXT
    if (bytes > memoryLeft) return OUT_OF_MEMORY;
    memoryLeft -= bytes;
    void* memory = malloc(bytes);
    memset(memory, 0xA5, bytes);
    *result = (Address) memory;
    allocated[*result] = bytes;
    return SUCCESS;
}
int cuMemFree_v2(Address address) {
    CONTEXT
    auto found = allocated.find(address);
    if (found == allocated.end()) return INVALID_VALUE;
    drainAll();
    memoryLeft += found->second;
    free((void*) address);
    allocated.erase(found);
    return SUCCESS;
}
int cuMemHostAlloc(void** result, size_t bytes, unsigned) {
    CONTEXT
    int file = memfd_create("pinned", 0);
    if (file < 0 || ftruncate(file, (off_t) bytes)) return OUT_OF_MEMORY;
    void* host = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    void* device = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    pinned[host] = {device, bytes};
    *result = host;
    return SUCCESS;
}
int cuMemHostGetDevicePointer_v2(Address* result, void* host, unsigned) {
    CONTEXT
    if (!pinned.count(host)) return INVALID_VALUE;
    *result = (Address) pinned[host].first;
    return SUCCESS;
}
int cuMemFreeHost(void* host) {
    CONTEXT
    auto found = pinned.find(host);
    if (found == pinned.end()) return INVALID_VALUE;
    drainAll();
    munmap(found->second.first, found->second.second);
    munmap(host, found->second.second);
    pinned.erase(found);
    return SUCCESS;
}
static bool inside(Address address, size_t bytes) {
    auto next = allocated.upper_bound(address);
    if (next == allocated.begin()) return false;
    --next;
    return address + bytes <= next->first + next->second;
}
int cuMemcpyHtoDAsync_v2(Address to, const void* from, size_t bytes, Stream* stream) {
    CONTEXT
    if (!inside(to, bytes)) return INVALID_VALUE;
    stream->pending.push_back([=] { memcpy((void*) to, from, bytes); });
    return SUCCESS;
}
int cuMemcpyDtoHAsync_v2(void* to, Address from, size_t bytes, Stream* stream) {
    CONTEXT
    if (!inside(from, bytes)) return INVALID_VALUE;
    stream->pending.push_back([=] { memcpy(to, (const void*) from, bytes); });
    return SUCCESS;
}
int cuMemcpyDtoDAsync_v2(Address to, Address from, size_t bytes, Stream* stream) {
    CONTEXT
    if (!inside(from, bytes) || !inside(to, bytes)) return INVALID_VALUE;
    stream->pending.push_back([=] { memcpy((void*) to, (const void*) from, bytes); });
    return SUCCESS;
}
int cuLaunchKernel(void*, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned, Stream* stream, void** arguments, void**) {
    CONTEXT
    if (gx == 0 || gy == 0 || gz != 1 || bx == 0 || bx > 1024 || by != 1 || bz != 1) return INVALID_VALUE;
    const Row* rows = *(const Row**) arguments[0];
    stream->pending.push_back([=] {
        blockDim = {bx, 1, 1};
        for (unsigned y = 0; y < gy; y++)
            for (unsigned x = 0; x < gx; x++)
                for (unsigned t = 0; t < bx; t++) {
                    blockIdx = {x, y, 0};
                    threadIdx = {t, 0, 0};
                    composite(rows);
                }
    });
    return SUCCESS;
}
int cuGetErrorName(int code, const char** name) {
    *name = code == OUT_OF_MEMORY ? "CUDA_ERROR_OUT_OF_MEMORY" : code == LAUNCH_FAILED ? "CUDA_ERROR_LAUNCH_FAILED" : "CUDA_ERROR_OTHER";
    return SUCCESS;
}
}
