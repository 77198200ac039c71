import express from "express";

const app = express();
app.use(express.json());
const server = app.listen(process.env.PORT ?? 3000, () => console.log(`listens on http://localhost:${server.address().port}`));
