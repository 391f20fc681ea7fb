import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Where `make run` listens. In production your backend has an address of your own for tokens.
const parley = process.env.PARLEY_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  server: {
    proxy: {
      "/dev": parley,
      "/api": parley,
      "/v1": { target: parley, ws: true },
    },
  },
});
