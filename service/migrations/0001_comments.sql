CREATE TABLE comments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    content_id text NOT NULL,
    email text NOT NULL,
    comment text NOT NULL
);
CREATE INDEX comments_by_content ON comments (content_id, id);
