/**
 * WebRTC behind our own types: the only room that knows webrtc-java, with everything that its version 0.14.0 needs to be
 * told or repaired. It knows no other room of the worker.
 *
 * <p>A {@link dev.mouthpiece.worker.rtc.Publisher} sends one picture and one sound on one clock to any number of
 * {@link dev.mouthpiece.worker.rtc.Peer}s; a {@link dev.mouthpiece.worker.rtc.Listener}'s peers receive sound.
 *
 * <p>Threads: the <em>session's serial executor</em> makes, drives and closes publishers, listeners, peers and data
 * channels, and gets every event and every future's result; the <em>pacer</em> pushes pictures and sound; a thread <em>hearing</em> for each
 * listener takes what is heard, 10 ms at a time. That one and webrtc-java's own threads call in and only leave a task at the serial executor: nothing of ours blocks them, and no lock is held
 * while calling the library.
 */
@NullMarked
package dev.mouthpiece.worker.rtc;

import org.jspecify.annotations.NullMarked;
