/**
 * The Petstore of Mastercard's mTLS guide: `/petstore/pets`, kept in memory.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Pet of the store. */
export interface Pet {
  readonly id: number;
  readonly name: string;
  readonly category: "CAT" | "DOG" | "FISH";
  readonly status: "AVAILABLE" | "RESERVED" | "SOLD";
}

/** The largest request body, in characters. */
const MAX_BODY = 64 * 1024;

/** Answers a request. `body` is its body if it was read already. */
type Answer = (request: IncomingMessage, response: ServerResponse, body?: Uint8Array) => void;

/** Creates a store. It answers as Mastercard's Petstore does; any other path gets status 404. */
export function createPetstore(): Answer {
  const pets = new Map<number, Pet>();
  const addPet = (pet: Omit<Pet, "id">): Pet => {
    const added = { ...pet, id: Math.max(0, ...pets.keys()) + 1 };
    pets.set(added.id, added);
    return added;
  };
  addPet({ name: "Bella", category: "CAT", status: "AVAILABLE" });
  addPet({ name: "Charlie", category: "DOG", status: "AVAILABLE" });
  addPet({ name: "Nemo", category: "FISH", status: "SOLD" });

  return (request, response, body) => {
    const url = new URL(request.url ?? "/", "https://localhost");
    const [, id] = /^\/petstore\/pets(?:\/(\d+))?$/.exec(url.pathname) ?? [];
    const action = `${request.method} ${url.pathname.replace(/\d+$/, "{id}")}`;
    const pet = pets.get(Number(id));

    if (action === "GET /petstore/pets") {
      const status = url.searchParams.get("status");
      sendJson(response, 200, [...pets.values()].filter((pet) => !status || pet.status === status));
    } else if (action === "POST /petstore/pets") {
      createPet(request, response, addPet, body);
    } else if (pet !== undefined && action === "GET /petstore/pets/{id}") {
      sendJson(response, 200, pet);
    } else if (pet !== undefined && action === "DELETE /petstore/pets/{id}") {
      pets.delete(pet.id);
      response.writeHead(204).end();
    } else {
      sendError(response, 404, "RESOURCE_NOT_FOUND", `There is nothing at ${url.pathname}`);
    }
  };
}

/** Answers with an error in the form of Mastercard's gateway. */
export function sendError(
  response: ServerResponse,
  status: number,
  reasonCode: string,
  description: string,
): void {
  sendJson(response, status, {
    Errors: {
      Error: [{
        Source: "Gateway",
        ReasonCode: reasonCode,
        Description: description,
        Recoverable: false,
        Details: null,
      }],
    },
  });
}

async function createPet(
  request: IncomingMessage,
  response: ServerResponse,
  addPet: (pet: Omit<Pet, "id">) => Pet,
  body: Uint8Array | undefined,
): Promise<void> {
  try {
    const text = body === undefined ? await readText(request) : new TextDecoder().decode(body);
    const { name, category = "CAT", status = "AVAILABLE" } = JSON.parse(text);
    if (typeof name !== "string") throw new TypeError("name is missing");
    const pet = addPet({ name, category, status });
    response.setHeader("location", `/petstore/pets/${pet.id}`);
    sendJson(response, 201, pet);
  } catch {
    sendError(response, 400, "INVALID_INPUT", "The body is not a pet: send JSON with a name");
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > MAX_BODY) break;
  }
  return text;
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
