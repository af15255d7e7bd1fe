// Starts Swagger UI with the document of this service.

// A browser does not let a page set a cookie header, so the cookie scheme is not offered in the Authorize form.
const bearerOnly = {
  statePlugins: {
    auth: {
      wrapSelectors: {
        definitionsToAuthorize: (original) => (state) =>
          original(state)?.filter((definition) => definition.has('bearer')) ?? null,
      },
    },
  },
}

SwaggerUIBundle({
  url: new URL('../openapi.json', document.currentScript.src).pathname,
  dom_id: '#swagger-ui',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  filter: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  plugins: [bearerOnly],
})

const dark = matchMedia('(prefers-color-scheme: dark)')
const applyScheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
applyScheme()
dark.addEventListener('change', applyScheme)
