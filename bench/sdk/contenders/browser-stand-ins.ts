import { request } from "node:http";

/** Gives Node what gameanalytics expects of a browser: the least that it runs over. */
export function installBrowserStandIns(): void {
  const define = (name: string, value: unknown) =>
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  define("window", { addEventListener() {} });
  define("navigator", { onLine: true, userAgent: "node", appVersion: "", platform: "linux", vendor: "" });
  define("localStorage", createStorage());
  define("XMLHttpRequest", StandInRequest);
}

function createStorage(): Pick<Storage, "getItem" | "setItem" | "removeItem"> {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}

/** As much of XMLHttpRequest as gameanalytics calls. */
class StandInRequest {
  readyState = 0;
  status = 0;
  statusText = "";
  responseText = "";
  onreadystatechange: () => void = () => {};
  #method = "GET";
  #url = "";
  #headers: Record<string, string> = {};

  open(method: string, url: string): void {
    this.#method = method;
    this.#url = url;
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers[name] = value;
  }

  send(body: string): void {
    const outgoing = request(this.#url, { method: this.#method, headers: this.#headers }, (response) => {
      this.status = response.statusCode ?? 0;
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        this.responseText += chunk;
      });
      response.on("end", () => this.#done());
    });
    outgoing.on("error", () => this.#done());
    outgoing.end(body);
  }

  #done(): void {
    this.readyState = 4;
    this.onreadystatechange();
  }
}
