package dev.mouthpiece.model.djl;

import ai.djl.engine.EngineException;

/** Modules run on the host by their handles, past DJL's objects: on the threads that call them, nothing may come to lie on the heap. */
sealed interface TorchCalls permits DirectTorchCalls, DjlTorchCalls {
    /** The one of the two that allocates less of what works with the engine that runs. */
    static TorchCalls best() {
        return Best.CALLS;
    }

    /**
     * Runs a module's {@code forward}.
     *
     * @param module handle
     * @param optimized whether libtorch's graph optimizer takes part
     * @param result empty; filled
     * @throws EngineException if the module fails, or gives no tensor
     */
    void run(long module, TorchArguments arguments, boolean optimized, TorchResult result);

    /** Gives back the tensor that {@link #run} filled the result with. */
    void release(TorchResult result);

    /** Chosen when the first module runs: until then there may be no libtorch. */
    final class Best {
        static final TorchCalls CALLS = choose();

        private Best() {}

        private static TorchCalls choose() {
            final TorchCalls direct = DirectTorchCalls.load();
            return direct != null ? direct : new DjlTorchCalls();
        }
    }
}
