/**
 * The response at the end of a way with redirects.
 *
 * @module
 */

/** Marks a response as redirected, and its clones: the runtime followed no redirect itself. */
export function markRedirected(response: Response): Response {
  const { clone } = response;
  return Object.defineProperties(response, {
    redirected: { value: true, configurable: true },
    clone: {
      value: () => markRedirected(clone.call(response)),
      configurable: true,
      writable: true,
    },
  });
}
