interface ImportMetaEnv {
  /** The URL of the service. Default: `http://127.0.0.1:8787`. */
  readonly VITE_POSTERN_URL?: string
  /** `cookie` or `token`. Default: `cookie`. */
  readonly VITE_POSTERN_SESSION?: string
}
