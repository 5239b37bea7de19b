import { useEffect, useEffectEvent } from "react";

/** Runs once a value has not changed for a while. */
export function useSettled<T>(value: T, waitMs: number, run: (value: T) => void): void {
  const settle = useEffectEvent(run);
  useEffect(() => {
    const timer = setTimeout(() => settle(value), waitMs);
    return () => clearTimeout(timer);
  }, [value, waitMs]);
}
