package dev.mouthpiece.worker.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * Hears the process's signals one by one, which {@code Runtime}'s shutdown hooks cannot tell apart. The JDK's class for it lives in {@code jdk.unsupported} and is
 * reached by reflection, so that a Java without it still runs: there a signal just ends the process.
 */
final class Signals {
    private Signals() {}

    /**
     * Runs {@code handler} on a thread of the JVM's, whenever the signal comes. Returns whether it will.
     *
     * @param name such as {@code TERM}
     */
    static boolean on(String name, Runnable handler) {
        try {
            final Class<?> signal = Class.forName("sun.misc.Signal");
            final Class<?> handling = Class.forName("sun.misc.SignalHandler");
            final Object proxy = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handling}, (self, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            handler.run();
                            return null;
                        }
                        return answer(self, method, arguments);
                    });
            signal.getMethod("handle", signal, handling)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
            return true;
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            return false;
        }
    }

    /** What every object can do. */
    private static Object answer(Object self, Method method, Object[] arguments)
            throws InvocationTargetException, IllegalAccessException {
        return switch (method.getName()) {
            case "hashCode" -> System.identityHashCode(self);
            case "equals" -> self == arguments[0];
            case "toString" -> "signal handler";
            default -> throw new UnsupportedOperationException(method.getName());
        };
    }
}
