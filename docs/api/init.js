// A file of its own, for the page's Content-Security-Policy allows no inline script.
window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  validatorUrl: null, // the default asks validator.swagger.io; this page stays offline
});
