package dev.multipath.session.sim;

import dev.multipath.scheduler.EarliestArrivalScheduler;
import dev.multipath.scheduler.Scheduler;
import dev.multipath.scheduler.Schedulers;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * What the judges are to judge, from system properties.
 *
 * @param firstSeed of the random cells
 * @param bulkCells how many cells send bulk
 * @param objectCells how many fetch objects
 * @param faultPlans how many plans of {@link FaultPlan#FAULTS} faults
 * @param names of the named cells; none if only random ones are wanted
 * @param strict whether what is not as wanted is a failure, and not only a line
 */
record JudgeSettings(
        long firstSeed,
        int bulkCells,
        int objectCells,
        int faultPlans,
        List<String> names,
        boolean strict,
        Supplier<Scheduler> scheduler) {

    private static final int BULK_CELLS = 16;
    private static final int OBJECT_CELLS = 6;
    private static final int FAULT_PLANS = 12;
    private static final int FULL_BULK_CELLS = 1_000;
    private static final int FULL_OBJECT_CELLS = 200;
    private static final int FULL_FAULT_PLANS = 2_000 / FaultPlan.FAULTS;

    static JudgeSettings fromProperties() {
        boolean full = Boolean.getBoolean("sim.full");
        String name = System.getProperty("sim.cell", full ? "all" : "none");
        // With a named cell only that one, unless it is said how many others.
        boolean named = !full && !name.equals("none");
        return new JudgeSettings(
                Long.getLong("sim.seed", 1),
                Integer.getInteger("sim.cells", full ? FULL_BULK_CELLS : named ? 0 : BULK_CELLS),
                Integer.getInteger("sim.cells", full ? FULL_OBJECT_CELLS : named ? 0 : OBJECT_CELLS),
                Integer.getInteger("sim.cells", full ? FULL_FAULT_PLANS : named ? 0 : FAULT_PLANS),
                switch (name) {
                    case "none" -> List.of();
                    case "all" -> Cell.NAMED.keySet().stream().sorted().toList();
                    default -> List.of(name.split(","));
                },
                Boolean.getBoolean("sim.strict"),
                scheduler(System.getProperty("sim.scheduler")));
    }

    private static Supplier<Scheduler> scheduler(String className) {
        if (className == null) {
            return EarliestArrivalScheduler::new;
        }
        if (Schedulers.words().contains(className)) {
            return Schedulers.byName(className);
        }
        String name = className.contains(".") ? className : Scheduler.class.getPackageName() + "." + className;
        return () -> {
            try {
                return (Scheduler) Class.forName(name).getDeclaredConstructor().newInstance();
            } catch (ReflectiveOperationException e) {
                throw new IllegalArgumentException("sim.scheduler: no " + name, e);
            }
        };
    }

    /** The named cells, with both ways of congestion control, then so many random ones. */
    List<Cell> cells(int randomCells) {
        List<Cell> cells = new ArrayList<>();
        for (String name : names) {
            for (TcpControl.Kind control : controls()) {
                cells.add(Cell.named(name, control, firstSeed));
            }
        }
        for (int i = 0; i < randomCells; i++) {
            cells.add(Cell.random(firstSeed + i));
        }
        return cells;
    }

    List<TcpControl.Kind> controls() {
        String control = System.getProperty("sim.cc");
        return control == null
                ? List.of(TcpControl.Kind.values())
                : List.of(TcpControl.Kind.valueOf(control.toUpperCase(Locale.ROOT)));
    }
}
