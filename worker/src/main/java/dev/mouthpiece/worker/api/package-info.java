/**
 * HTTP, and nothing but HTTP: reads requests, asks {@code session}, writes answers. Each shape of the API (Protoface's, which is the native one, and
 * LemonSlice's) is a class with its routes and its words; what they have in common is {@code ApiServer}. A virtual thread per request; nothing here waits for
 * a device.
 */
@NullMarked
package dev.mouthpiece.worker.api;

import org.jspecify.annotations.NullMarked;
