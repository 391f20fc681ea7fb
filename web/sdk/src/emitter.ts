/** Typed events: `on`, `off`, `once`. A listener that throws stops neither the others nor us. */

export type Listener<T> = (data: T) => void;

interface Once {
  readonly of?: unknown;
}

export class Emitter<E extends object> {
  readonly #listeners = new Map<keyof E, Set<Listener<never>>>();

  /** Call the listener from now on; gives the function that ends it. */
  on<Name extends keyof E>(name: Name, listener: Listener<E[Name]>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener as Listener<never>));
    return () => this.off(name, listener);
  }

  off<Name extends keyof E>(name: Name, listener: Listener<E[Name]>): void {
    const listeners = this.#listeners.get(name);
    for (const each of listeners ?? []) {
      if (each === listener || (each as Once).of === listener) listeners?.delete(each);
    }
  }

  /** Call the listener the next time only. */
  once<Name extends keyof E>(name: Name, listener: Listener<E[Name]>): () => void {
    const once = (data: E[Name]) => {
      end();
      listener(data);
    };
    const end = this.on(name, Object.assign(once, { of: listener }));
    return end;
  }

  protected emit<Name extends keyof E>(name: Name, data: E[Name]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        (listener as Listener<E[Name]>)(data);
      } catch (error) {
        // Told as any uncaught error is, but after the others have heard of this.
        Promise.reject(error);
      }
    }
  }
}
