import os

from postern_client import AuthenticatedClient, Client
from postern_client.api.me import read_me
from postern_client.api.posts import create_post, list_posts, publish_post, read_post
from postern_client.api.users import login, refresh, register
from postern_client.models import Auth, Credentials, ListPostsStatus, Post, PostDraft, PostPage, Problem, Refresh, Registration

url = os.environ["POSTERN"]
name, password = "python", "a passphrase nobody uses"
client = Client(base_url=url)

registered = register.sync_detailed(client=client, body=Registration(username=name, email=f"{name}@example.com", password=password))
assert registered.status_code == 201, registered
signed_in = login.sync(client=client, body=Credentials(username=name, password=password))
assert isinstance(signed_in, Auth), signed_in
member = AuthenticatedClient(base_url=url, token=signed_in.access_token)
created = create_post.sync(client=member, body=PostDraft(title="Hello", body="A draft.", draft=True))
assert isinstance(created, Post), created
mine = list_posts.sync(client=member, status=ListPostsStatus.DRAFT)
assert isinstance(mine, PostPage), mine
assert [item.title for item in mine.items] == ["Hello"]
read = read_post.sync(id=created.id, client=member)
assert isinstance(read, Post) and read.body == "A draft.", read
unauthenticated = read_me.sync(client=AuthenticatedClient(base_url=url, token="no.token"))
assert isinstance(unauthenticated, Problem) and unauthenticated.status == 401, unauthenticated
invalid = create_post.sync(client=member, body=PostDraft(title="", body="No title."))
assert isinstance(invalid, Problem) and invalid.code == "invalid-input", invalid
published = publish_post.sync(id=created.id, client=member)
assert isinstance(published, Post) and published.published_at is not None, published
refreshed = refresh.sync(client=member, body=Refresh(refresh_token=str(signed_in.refresh_token)))
assert isinstance(refreshed, Auth) and refreshed.user.username == name, refreshed
