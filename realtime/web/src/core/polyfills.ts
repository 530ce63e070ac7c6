/**
 * What Preact needs and old phones lack. Import first in every entry; it must run before Preact does.
 */

const scope = window as unknown as { queueMicrotask?: (task: () => void) => void };
if (!scope.queueMicrotask) {
  scope.queueMicrotask = (task) => {
    Promise.resolve()
      .then(task)
      .catch((error) =>
        setTimeout(() => {
          throw error;
        }),
      );
  };
}

export {};
