/** The application has a lock file of its own, below that of the project, and a build per bundler. */
import process from "node:process";

export default {
  distDir: process.env.DIST,
  turbopack: { root: import.meta.dirname },
};
