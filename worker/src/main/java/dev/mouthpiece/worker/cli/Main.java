package dev.mouthpiece.worker.cli;

import dev.mouthpiece.model.load.Models;

/** The process: runs one command and exits. */
public final class Main {
    private Main() {}

    /** Runs the command in {@code args} and exits with its code. */
    public static void main(String[] args) {
        final Interruption interruption = Interruption.onSignal();
        final int code = new Cli(Terminal.ofProcess(interruption)).run(args);
        interruption.done();
        awaitEngine();
        System.exit(code);
    }

    /** Whose libraries may still be on their way in, where the command has found something wrong at once. */
    private static void awaitEngine() {
        try {
            Models.awaitEngine();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
