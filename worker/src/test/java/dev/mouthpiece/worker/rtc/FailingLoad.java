package dev.mouthpiece.worker.rtc;

import dev.onvoid.webrtc.internal.NativeLoader;

/** Loads the library, by itself or as we do it, and says what came of it. */
final class FailingLoad {
    private FailingLoad() {}

    public static void main(String[] arguments) throws Exception {
        final String how = System.getProperty("how", "");
        try {
            switch (how) {
                case "bare" -> NativeLoader.loadLibrary("webrtc-java");
                case "unchecked" -> RtcLibrary.loadNative();
                default -> Rtc.load();
            }
            System.out.println("loaded");
        } catch (RtcException | LinkageError e) {
            System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }
}
