/** Tests that `readMastercardErrors` reads XML. */
import test from "node:test";
import { assertEquals } from "@std/assert";
import { EXPECTED_ERROR, readErrors } from "../support/mastercard_errors.ts";

const XML: [string, string][] = [
  [
    "as the gateway writes it",
    `<?xml version="1.0" encoding="UTF-8"?>
    <Errors>
      <Error>
        <Source>Gateway</Source>
        <ReasonCode>SOME_CODE</ReasonCode>
        <Description>Some words</Description>
        <Recoverable>false</Recoverable>
        <Details/>
      </Error>
    </Errors>`,
  ],
  [
    "prefixes, attributes, comments, CDATA and references",
    `<!-- <Errors> --><m:Errors xmlns:m='urn:a>b' a="/>" b="</m:Errors>"><m:Error
      ><m:Source><![CDATA[Gate]]>way</m:Source ><ReasonCode>&#83;OME&#x5F;CODE</ReasonCode>
      <m:Description>Some<!-- > --> words</m:Description><Recoverable>0</Recoverable>
    </m:Error></m:Errors>\n`,
  ],
  [
    "flat",
    "\ufeff<Error><source>Gateway</source><reasonCode>SOME_CODE</reasonCode>" +
    "<description>Some words</description><recoverable>FALSE</recoverable></Error>",
  ],
];
for (const [name, body] of XML) {
  test(`an error is read from XML: ${name}`, async () => {
    assertEquals(await readErrors(body, 400, "text/plain"), [EXPECTED_ERROR]);
  });
}

test("XML can have several errors, elements in the details, and built-in entities", async () => {
  const error = (code: string) =>
    `<Error><ReasonCode>${code}</ReasonCode><Description>&lt;a b=&quot;&apos;&amp;amp;&gt; &nope;` +
    `</Description><Details><Name>a</Name><Name> b </Name><__proto__>c</__proto__></Details></Error>`;
  const errors = await readErrors(`<Errors>${error("A")}${error("B")}</Errors>`);
  assertEquals(errors.map(({ reasonCode }) => reasonCode), ["A", "B"]);
  assertEquals(errors[1]!.description, `<a b="'&amp;> &nope;`);
  assertEquals(errors[1]!.details, '{"Name":["a","b"],"__proto__":"c"}');
});

test("XML with a mistake has no errors", async () => {
  const inside = "<Error><ReasonCode>A</ReasonCode></Error>";
  const bodies = [
    `<Errors>${inside}`,
    `<Errors>${inside}</Error>`,
    `${inside}</Errors>`,
    `<Errors a="${inside}</Errors>`,
    `<Errors>${inside}<!-- </Errors>`,
    `<Errors>${inside}<![CDATA[</Errors>`,
    `<Errors>${inside}</Errors><`,
    `<Errors>${inside}</Errors `,
    `<Errors>${inside}</Errors><a>`,
    `<Errors>${inside}<!a/></Errors>`,
    `<!DOCTYPE Errors [<!ENTITY a "b">]><Errors>${inside}</Errors>`, // an entity could expand without end
    "<",
    "<>",
    "</>",
    "< Errors>",
  ];
  for (const body of bodies) assertEquals(await readErrors(body), [], body);
});
