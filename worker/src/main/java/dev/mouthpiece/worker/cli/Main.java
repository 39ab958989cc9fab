package dev.mouthpiece.worker.cli;

/** The process: runs one command and exits. */
public final class Main {
    private Main() {}

    /** Runs the command in {@code args} and exits with its code. */
    public static void main(String[] args) {
        final Interruption interruption = Interruption.onSignal();
        final int code = new Cli(Terminal.ofProcess(interruption)).run(args);
        interruption.done();
        System.exit(code);
    }
}
