/** `npm run aws:synth`: the CloudFormation templates of everything in AWS, written to `dist/aws` or the directory that is named. */
import { statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { createApp } from "./app.ts";
import { STACKS } from "./stacks.ts";

const { positionals } = parseArgs({ allowPositionals: true });
const directory = resolve(positionals[0] ?? join(import.meta.dirname, "..", "dist", "aws"));

const assembly = createApp(directory).synth();
for (const { templateFullPath, template } of assembly.stacks) {
  const resources = Object.keys(template.Resources).length;
  console.log(
    `${relative(".", templateFullPath)}  ${resources} resources, ${statSync(templateFullPath).size} bytes`,
  );
}

const { templateFullPath } = assembly.getStackByName(STACKS.production);
console.log(`
Next, with credentials of an AWS account (docs/aws.md has every step):

  aws cloudformation deploy --stack-name ${STACKS.production} --template-file ${relative(".", templateFullPath)} --capabilities CAPABILITY_NAMED_IAM
`);
