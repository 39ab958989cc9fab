package dev.mouthpiece.model.load;

import dev.mouthpiece.model.ModelException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Collects checks and tells a listener of each as it is done. Belongs to one thread. */
final class CheckList {
    private final Consumer<Check> listener;
    private final List<Check> checks = new ArrayList<>();

    CheckList(Consumer<Check> listener) {
        this.listener = listener;
    }

    /**
     * Looks at one thing.
     *
     * @param look returns what was seen; throws a {@link ModelException} if that is not as it must be
     * @return whether it is as it must be
     */
    boolean check(String name, Supplier<String> look) {
        Check check;
        try {
            check = new Check(name, true, look.get());
        } catch (ModelException e) {
            check = new Check(name, false, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            // A damaged package fails anywhere: that ends this check, not the others.
            check = new Check(name, false, e.toString());
        }
        checks.add(check);
        listener.accept(check);
        return check.ok();
    }

    List<Check> checks() {
        return List.copyOf(checks);
    }
}
