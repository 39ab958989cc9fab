/**
 * Between sessions as the queue knows them and the rooms that show them: finds the face that a session wants and puts it on air where it
 * wants it. Starts on virtual threads, which may block for models and pictures; what follows is told on the transports' own threads.
 */
@NullMarked
package dev.mouthpiece.worker.transport;

import org.jspecify.annotations.NullMarked;
